//! The names of crons.
//!
//! Invariant: a name that is accepted reads the same wherever it is shown, and fits an index.

use std::error::Error;
use std::fmt;

/// The longest name of a cron, in bytes.
pub(crate) const LONGEST_NAME: usize = 200;

/// Why a text is no name of a cron.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub(crate) enum NameError {
    /// There is nothing in it.
    Empty,
    /// It is longer than [`LONGEST_NAME`].
    TooLong {
        /// How many bytes it has.
        bytes: usize,
    },
    /// It begins or ends with a blank, or holds a control character.
    Unreadable,
}

/// Looks at the name of a cron.
///
/// # Errors
///
/// When it is empty, longer than 200 bytes, begins or ends with a blank, or holds a control character.
pub(crate) fn check_name(name: &str) -> Result<(), NameError> {
    if name.trim().is_empty() {
        Err(NameError::Empty)
    } else if name.len() > LONGEST_NAME {
        Err(NameError::TooLong { bytes: name.len() })
    } else if name.trim() != name || name.chars().any(char::is_control) {
        Err(NameError::Unreadable)
    } else {
        Ok(())
    }
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("a cron's name is empty: it is what its runs are known by"),
            Self::TooLong { bytes } => {
                write!(f, "a cron's name has {bytes} bytes: at most {LONGEST_NAME} are kept")
            }
            Self::Unreadable => {
                f.write_str("a cron's name begins or ends with a blank, or holds a control character")
            }
        }
    }
}

impl Error for NameError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_readable() {
        assert_eq!(check_name("daily report"), Ok(()));
        assert_eq!(check_name("täglich 9:00"), Ok(()));
        assert_eq!(check_name(&"x".repeat(200)), Ok(()));
        assert_eq!(check_name(&"x".repeat(201)), Err(NameError::TooLong { bytes: 201 }));
        for empty in ["", "  ", "\n"] {
            assert_eq!(check_name(empty), Err(NameError::Empty));
        }
        for unreadable in ["a\nb", " a", "a ", "a\u{7}"] {
            assert_eq!(check_name(unreadable), Err(NameError::Unreadable), "{unreadable:?}");
        }
    }
}
