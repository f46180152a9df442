//! Time zones, and the stretches of time in which their clocks run evenly.
//!
//! Owns every use of time-zone data. The data is part of the binary, so that two nodes, or a test and production,
//! cannot disagree through what is installed.
//!
//! Invariant: the stretches of a zone follow each other without gap or overlap.

use crate::dialect::{ZoneError, zone_name};
use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

/// How far back a clock change can still matter to what comes: longer than any change of a clock.
pub(super) const RECENT: i64 = 2 * 86_400;
/// How far back to look for the changes that a backward search meets: somewhat more than a year.
pub(super) const YEAR: i64 = 400 * 86_400;

/// An IANA time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Zone(TimeZone);

/// A time during which a zone's clock runs evenly. Seconds since the Unix epoch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stretch {
    /// The first second: a change of the clock, or as far as was looked back.
    pub(super) start: i64,
    /// The first second after it, a change of the clock, if there is one.
    pub(super) end: Option<i64>,
    /// How far the local clock is before UTC.
    pub(super) offset: i64,
    /// How far the clock was put forward at the start, or back when negative.
    pub(super) shift: i64,
}

impl Zone {
    /// UTC, whose clock is never changed.
    pub(crate) const UTC: Self = Self(TimeZone::UTC);

    /// The zone of an IANA name, such as `Europe/Berlin`, in any case.
    ///
    /// # Errors
    ///
    /// When there is no zone of that name.
    pub(crate) fn named(name: &str) -> Result<Self, ZoneError> {
        let known = zone_name(name)?;
        let zone = TimeZoneDatabase::bundled().get(known);
        Ok(Self(zone.expect("both read the same data, where the name was just found")))
    }

    /// The name, as the database spells it.
    pub(crate) fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The stretch that holds a second, from the last change of the clock on, if that is not longer ago than `behind`.
    ///
    /// Looks for changes forwards only: asked for the change before an instant, the database forgets one that its
    /// rules for the future would not have made, such as the last change of `America/Ciudad_Juarez`, in 2022.
    pub(super) fn stretch_at(&self, second: i64, behind: i64) -> Stretch {
        let offset_at = |second| i64::from(self.0.to_offset(instant_of(second)).seconds());
        let mut stretch = Stretch { start: second - behind, end: None, offset: offset_at(second), shift: 0 };
        for change in self.0.following(instant_of(stretch.start)) {
            let at = change.timestamp().as_second();
            if at > second {
                stretch.end = Some(at);
                break;
            }
            stretch.start = at;
            stretch.shift = i64::from(change.offset().seconds()) - offset_at(at - 1);
        }
        stretch
    }
}

/// The instant of a second, or the nearest that can be told.
fn instant_of(second: i64) -> Timestamp {
    let within = second.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    Timestamp::from_second(within).unwrap_or_default()
}
