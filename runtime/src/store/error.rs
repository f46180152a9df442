//! Why a commit did not happen, and on what it collided.
//!
//! Invariant: a lost race is no error of the store; whoever reads one may run again.

use super::payload::Key;
use super::{CommitTs, IndexNumber};
use crate::error::StoreError;
use crate::value::{DocumentId, TableNumber};

/// Why a transaction did not commit.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum CommitError {
    /// Another commit changed what this one has read: run it again, best under the gate.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// The store could not commit anything.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A lost race: the first read found to be out of date.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{collision}, changed by the commit at {}", .ts.0)]
pub(crate) struct Conflict {
    /// What was read and then changed.
    pub collision: Collision,
    /// The commit that changed it.
    pub ts: CommitTs,
}

/// What two transactions collided on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Collision {
    /// A document that was looked up.
    #[error("the transaction read document {id:?} of table {}", .table.0)]
    Document {
        /// Its table.
        table: TableNumber,
        /// Its id.
        id: DocumentId,
    },
    /// An entry inside a range that was looked through.
    #[error("the transaction read a range of index {} around {key:?}", .index.0)]
    Key {
        /// The index.
        index: IndexNumber,
        /// The entry that appeared or went away.
        key: Key,
    },
    /// An index that was looked through and then dropped.
    #[error("the transaction read index {}, which is gone", .index.0)]
    DroppedIndex {
        /// The index.
        index: IndexNumber,
    },
    /// Ranges were read, but the transaction is older than the commits still remembered.
    #[error("the transaction read ranges longer ago than commits are remembered")]
    Forgotten,
}
