//! A table and values.

use mainspring::{Timestamp, table, value};

/// What has become of a note.
#[value]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It is new.
    New,
    /// It was read.
    Read {
        /// When.
        at: Timestamp,
    },
}

/// A place that only notes know of.
#[value]
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    name: String,
}

/// A note.
#[table(name = "notes")]
#[index(by_author_and_written(author, written))]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Who wrote it.
    pub author: String,
    /// When.
    pub written: Timestamp,
    /// What.
    pub text: String,
    /// What has become of it.
    pub state: Option<State>,
    pub(crate) place: Option<Place>,
}
