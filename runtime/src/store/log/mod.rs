//! Owns the log: the commits in order, as records in numbered segment files.
//!
//! Invariant: what was synced is read back, or opening fails and says where; nothing that was synced is lost
//! silently, and nothing that was never ours is read.
//!
//! - [`mod@format`]: bytes to records and back. Pure.
//! - [`segment`]: the files, behind a trait so that tests can make them fail and tear.
//! - [`reader`]: recovery. Torn tail or damage? Each record says up to where its segment had been synced before
//!   the record was written. A bad record below that mark is damage and refuses to open. Above it, the write
//!   during which the power went may have reached the disk in any order, so the bad record and what
//!   follows it were never acknowledged, and are cut off.
//! - [`writer`]: appending. Segments are zero-written ahead of use, so that a sync never has to allocate.
//!
//! A segment that is no longer needed can be recycled without wiping it: each segment has a generation that enters
//! every checksum in it, so records of an earlier life never pass. Most of them would not continue the sequence anyway; but
//! a folder into which an older copy was put back may still hold spares with newer commits than any in it. Segments up to
//! a timestamp can be dropped: each header says which commit the segment begins after.

pub(super) mod format;
#[cfg(any(test, fuzzing))]
pub(super) mod fuzz;
pub(super) mod reader;
pub(super) mod segment;
pub(super) mod writer;

#[cfg(test)]
pub(super) mod memory;
#[cfg(test)]
mod tests;
