//! An error of somebody else's type, which an application's function returned.
//!
//! Invariant: whatever it does when it is asked for its text or its source, or dropped, its holder does not panic. It is asked and
//! dropped where functions are run, and what panics there would take others along.

use std::error::Error as StdError;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

type Boxed = Box<dyn StdError + Send + Sync>;

/// Such an error.
pub(super) struct Foreign(Option<Boxed>);

impl Foreign {
    pub(super) fn new(error: Boxed) -> Self {
        Self(Some(error))
    }

    /// The error itself.
    pub(super) fn get(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.as_deref().map(|error| error as &(dyn StdError + 'static))
    }

    /// The error itself, as an `E` if it is one.
    pub(super) fn downcast<E: StdError + 'static>(mut self) -> Result<E, Self> {
        match self.0.take().map(<dyn StdError + Send + Sync>::downcast) {
            Some(Ok(error)) => Ok(*error),
            Some(Err(error)) => Err(Self::new(error)),
            None => Err(self),
        }
    }

    pub(super) fn into_box(mut self) -> Boxed {
        self.0.take().unwrap_or_else(|| fmt::Error.into())
    }
}

impl Drop for Foreign {
    fn drop(&mut self) {
        let error = self.0.take();
        if quietly(|| drop(error)).is_none() {
            tracing::error!("an error of a function panicked when it was dropped");
        }
    }
}

/// The text of an error.
pub(super) struct Text<'a>(pub(super) &'a (dyn StdError + 'static));

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match quietly(|| fmt::Display::fmt(self.0, f)) {
            Some(Ok(())) => Ok(()),
            // Who makes a text of it would panic at an error.
            Some(Err(_)) | None => f.write_str("(an error without a text: making it failed)"),
        }
    }
}

/// What an error says that it rests on.
pub(super) fn source<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    quietly(|| error.source()).flatten()
}

/// What `work` comes to, unless it panics. With what it panicked is forgotten: its drop may be the next panic.
pub(crate) fn quietly<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).map_err(std::mem::forget).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{CallError, Error};

    /// Panics when it is asked for its text, or its source, or dropped.
    #[derive(Debug)]
    struct Treacherous(&'static str);

    /// Panics when it is dropped.
    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("it goes off");
        }
    }

    impl Treacherous {
        fn betray(&self, how: &str) {
            if self.0 == how {
                std::panic::panic_any(Bomb);
            }
        }
    }

    impl fmt::Display for Treacherous {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.betray("text");
            f.write_str(self.0)
        }
    }

    impl StdError for Treacherous {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            self.betray("source");
            None
        }
    }

    impl Drop for Treacherous {
        fn drop(&mut self) {
            self.betray("drop");
        }
    }

    #[derive(Debug, thiserror::Error)]
    #[error("around")]
    struct Around(#[source] Treacherous);

    #[test]
    fn whatever_panics_in_an_error_who_holds_it_does_not() {
        for how in ["text", "source", "drop"] {
            for error in [Error::from(Treacherous(how)), Error::from(Around(Treacherous(how)))] {
                assert!(!format!("{error} {error:?}").is_empty());
                assert!(error.find::<CallError>().is_none());
                drop(error);
            }
        }
    }
}
