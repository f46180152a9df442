//! Owns recovery: reading every segment in order, and telling a torn tail from damage.
//!
//! Invariant: only reads; the writer repairs what is found torn. Every refusal names the file and the offset.

use std::sync::Arc;

use super::format::{BadHeader, DATA_START, Header, RECORD_HEADER, Record, VERSION, mark, read_record};
use super::segment::Segments;
use crate::error::StoreError;
use crate::store::disk::{DiskFile, OpenMode, read_all};

/// Where the log ends.
pub(crate) struct Tail {
    pub(crate) file: Arc<dyn DiskFile>,
    pub(crate) header: Header,
    /// Where the next record goes.
    pub(crate) position: u64,
    /// The newest commit.
    pub(crate) last: u64,
    /// Where something other than the zeros of a prepared segment follows: the end of the file.
    pub(crate) dirty: Option<u64>,
    /// Whether the last record is a seal.
    pub(crate) sealed: bool,
    /// The segments before.
    pub(crate) closed: Vec<Closed>,
}

/// A segment that is not written to any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Closed {
    pub(crate) number: u64,
    /// Its last commit, or that before it when it has none.
    pub(crate) last: u64,
    /// Its size.
    pub(crate) bytes: u64,
}

/// Reads the log from segment `first` on and hands over each commit after `after`, in order. `None` when there is no log
/// yet. Segments before `first` are looked over.
pub(crate) fn recover(
    folder: &Segments,
    mode: OpenMode,
    first: u64,
    after: u64,
    mut replay: impl FnMut(u64, &[u8]) -> Result<(), &'static str>,
) -> Result<Option<Tail>, StoreError> {
    let mut numbers = folder
        .numbers()
        .map_err(|error| StoreError::io("list the log segments beside", folder.path(first), error))?;
    numbers.retain(|number| *number >= first);
    let Some(&newest) = numbers.last() else { return Ok(None) };
    if let Some((expected, _)) = (first..).zip(&numbers).find(|(expected, number)| expected != *number) {
        return Err(StoreError::MissingSegment { file: folder.path(expected) });
    }
    let mut before: Option<Read> = None;
    let mut closed = Vec::new();
    for number in numbers {
        let file =
            folder.open(number, mode).map_err(|error| StoreError::io("open", folder.path(number), error))?;
        let bytes = read_all(&*file).map_err(|error| StoreError::io("read", folder.path(number), error))?;
        let header = read_header(folder, number, &bytes, before.as_ref())?;
        if before.is_none() && header.previous > after {
            // The commits between are neither in the base nor in what is left of the log.
            return Err(StoreError::MissingSegment { file: folder.path(number.saturating_sub(1)) });
        }
        let last = before.as_ref().map_or(header.previous, |before| before.last);
        let mut replay_later = |ts, body: &[u8]| if ts > after { replay(ts, body) } else { Ok(()) };
        let read = read_segment(folder, &bytes, header, last, number == newest, &mut replay_later)?;
        if number == newest {
            return Ok(Some(tail(file, &bytes, &read, closed)));
        }
        closed.push(Closed { number, last: read.last, bytes: header.bytes });
        before = Some(read);
    }
    Ok(None)
}

/// As [`recover`] does with a log of one segment, whose bytes are at hand.
#[cfg(any(test, fuzzing))]
pub(super) fn read_alone(
    folder: &Segments,
    number: u64,
    bytes: &[u8],
    mut replay: impl FnMut(u64, &[u8]) -> Result<(), &'static str>,
) -> Result<usize, StoreError> {
    let header = read_header(folder, number, bytes, None)?;
    Ok(read_segment(folder, bytes, header, header.previous, true, &mut replay)?.position)
}

struct Read {
    header: Header,
    position: usize,
    last: u64,
    sealed: bool,
}

fn read_header(
    folder: &Segments,
    number: u64,
    bytes: &[u8],
    before: Option<&Read>,
) -> Result<Header, StoreError> {
    let file = folder.path(number);
    let header = match Header::decode(bytes) {
        Ok(header) => header,
        Err(BadHeader::Damaged(reason)) => return Err(StoreError::Damaged { file, offset: 0, reason }),
        Err(BadHeader::Newer(found)) => {
            return Err(StoreError::NewerFormat { file, found, supported: VERSION });
        }
    };
    if header.number != number {
        return Err(StoreError::Damaged {
            file,
            offset: 0,
            reason: "its header has another segment's number",
        });
    }
    if (bytes.len() as u64) < header.bytes {
        // It had its whole length before it had its name, so no crash has cut it.
        let reason = "the file ends there, before the length that its header tells";
        return Err(StoreError::Damaged { file, offset: bytes.len() as u64, reason });
    }
    let Some(before) = before else { return Ok(header) };
    if header.generation <= before.header.generation {
        return Err(StoreError::Damaged {
            file,
            offset: 0,
            reason: "its header is older than the segment before",
        });
    }
    if header.previous != before.last {
        let file = folder.path(before.header.number);
        let reason = "the last records before the next segment cannot be read";
        return Err(StoreError::Damaged { file, offset: before.position as u64, reason });
    }
    Ok(header)
}

fn read_segment(
    folder: &Segments,
    bytes: &[u8],
    header: Header,
    mut last: u64,
    is_newest: bool,
    replay: &mut impl FnMut(u64, &[u8]) -> Result<(), &'static str>,
) -> Result<Read, StoreError> {
    let file = || folder.path(header.number);
    let (mut at, mut sealed) = (DATA_START, false);
    while let Some(record) = bytes.get(at..).and_then(|rest| read_record(rest, header.generation)) {
        let follows = if record.body.is_empty() { record.ts == last } else { record.ts > last };
        if !follows {
            break;
        }
        sealed = record.body.is_empty();
        if !sealed {
            replay(record.ts, record.body).map_err(|reason| StoreError::Damaged {
                file: file(),
                offset: at as u64,
                reason,
            })?;
        }
        last = record.ts;
        at += record.length();
    }
    if is_newest && later_record_proves_sync(bytes, at, header.generation, last) {
        let reason = "a record that had been synced cannot be read, and later ones can";
        return Err(StoreError::Damaged { file: file(), offset: at as u64, reason });
    }
    Ok(Read { header, position: at, last, sealed })
}

/// Whether a record behind `at` says that what is at `at` had been synced.
fn later_record_proves_sync(bytes: &[u8], at: usize, generation: u64, last: u64) -> bool {
    let mark = mark(generation);
    let proves = |record: Record<'_>| record.ts >= last && record.synced > at as u64;
    let mut from = at;
    while let Some(rest) = bytes.get(from..).filter(|rest| rest.len() >= RECORD_HEADER) {
        if rest[4] != mark[0] {
            // Mostly zeros: skip to where a mark could begin.
            let Some(next) = rest[5..].iter().position(|byte| *byte == mark[0]) else { return false };
            from += next + 1;
            continue;
        }
        if read_record(rest, generation).is_some_and(proves) {
            return true;
        }
        from += 1;
    }
    false
}

fn tail(file: Arc<dyn DiskFile>, bytes: &[u8], read: &Read, closed: Vec<Closed>) -> Tail {
    let Read { header, position, last, sealed } = *read;
    let rest = bytes.get(position..).unwrap_or_default();
    let is_clean = rest.iter().all(|byte| *byte == 0);
    let dirty = (!is_clean).then_some(bytes.len() as u64);
    Tail { file, header, position: position as u64, last, dirty, sealed, closed }
}
