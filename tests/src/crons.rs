//! The crons of the test application: rare, so that they stay out of the way of tests that are not theirs.

use std::time::Duration;

use mainspring::{CatchUp, Crons, Overlap, Registry, at, crons};

use crate::internal;

#[crons]
fn crons(crons: &mut Crons) {
    crons
        .cron("new year", "0 0 1 1 *", internal::ticks::tick("happy new year".into()))
        .time_zone("Pacific/Auckland")
        .catch_up(CatchUp::None)
        .overlap(Overlap::Allow);
}

#[crons]
fn more_crons(crons: &mut Crons) {
    crons.monthly("end of a long month", 31, at(23, 59), internal::ticks::tick("long".into()));
}

/// The application with a cron that is due every second, and made up for whatever is missed. For the tests that kill.
pub fn every_second_registry() -> Registry {
    let every_second = |crons: &mut Crons| {
        crons
            .interval("every second", Duration::from_secs(1), internal::ticks::tick("tick".into()))
            .overlap(Overlap::Allow)
            .catch_up(CatchUp::All { within: Duration::from_hours(1), max: 1_000 });
    };
    crate::registry().crons(every_second)
}
