//! What must hold of any bytes where the log is expected.

use std::sync::Arc;

use super::format::{self, BadHeader, DATA_START, Header, RECORD_HEADER, VERSION};
use super::reader::read_alone;
use super::segment::Segments;
use crate::error::StoreError;
use crate::store::disk::RealDisk;

/// Panics when the bytes break a promise of the format.
pub(crate) fn any_bytes(bytes: &[u8]) {
    match Header::decode(bytes) {
        Ok(header) => assert_eq!(Header::decode(&header.encode()), Ok(header), "a header has one meaning"),
        Err(BadHeader::Newer(version)) => assert!(version > VERSION),
        Err(BadHeader::Damaged(reason)) => assert!(!reason.is_empty()),
    }
    if let Some(writes) = format::decode_body(bytes) {
        let mut record = Vec::new();
        format::append_record(&mut record, 1, &writes);
        assert_eq!(record.len() as u64, format::record_bytes(&writes), "a record is as long as was said");
        assert_eq!(record.len(), RECORD_HEADER + bytes.len(), "nothing of a body is passed over");
        // Any order of tags is read; the writer has one.
        let again = format::decode_body(&record[RECORD_HEADER..]).expect("what was written can be read");
        assert_eq!(again, writes, "writes come back");
        format::finish(&mut record, 3, 4096);
        let found = format::read_record(&record, 3).expect("a finished record is whole");
        assert_eq!(format::decode_body(found.body), Some(again));
    }
    let Some((generation, record)) = bytes.split_first_chunk::<8>() else { return };
    let generation = u64::from_le_bytes(*generation);
    if let Some(found) = format::read_record(record, generation) {
        assert!(found.length() <= record.len());
        assert!(format::read_record(&record[..found.length()], generation).is_some());
        assert!(format::read_record(&record[..found.length() - 1], generation).is_none());
    }
}

/// The bytes of a header that say something.
const HEADER: usize = 64;

/// Larger segments are not made for a test.
const LARGEST: u64 = 1 << 20;

/// Panics when a segment with this header and these bytes where its records are is read in a way that breaks a promise.
/// The zeros between the two, and those behind, are put in here.
pub(crate) fn any_segment(bytes: &[u8]) {
    let (header, records) = bytes.split_at(bytes.len().min(HEADER));
    let mut file = vec![0; DATA_START];
    file[..header.len()].copy_from_slice(header);
    file.extend(records);
    let length = Header::decode(&file).map_or(0, |header| header.bytes);
    if length > file.len() as u64 && length <= LARGEST {
        file.resize(usize::try_from(length).expect("it is at most a mebibyte"), 0);
    }
    if bytes.last().is_some_and(|last| last % 2 == 0) {
        mend_checksums(&mut file);
    }
    let Some((commits, end)) = commits_of(&file) else { return };
    assert!((DATA_START..=file.len()).contains(&end));
    assert!(commits.is_sorted_by(|(a, _), (b, _)| a < b), "commits are in order");
    // What is behind the end says nothing, and taking it away changes nothing.
    let mut cut = file.clone();
    cut[end..].fill(0);
    assert_eq!(commits_of(&cut), Some((commits.clone(), end)));
    // A byte that changes takes nothing away that is said to have been synced, unless the damage is told.
    let generation = Header::decode(&file).expect("it was read").generation;
    let mut at = DATA_START;
    while at < end {
        let record = format::read_record(&file[at..], generation).expect("it was read");
        let place = at + records.len() % record.length();
        let mut damaged = file.clone();
        damaged[place] ^= 0x10;
        if let Some((left, _)) = commits_of(&damaged) {
            assert!(commits.starts_with(&left), "what is read was written");
            let was_synced = proven_after(&file, at + record.length(), end, generation) > at as u64;
            assert!(!was_synced || left == commits, "the damage at {place} was told");
        }
        at += record.length();
    }
}

/// Makes checksums agree with what is there, which changes at random would hardly ever do.
fn mend_checksums(file: &mut [u8]) {
    let crc = crc32fast::hash(&file[12..HEADER]);
    file[8..12].copy_from_slice(&crc.to_le_bytes());
    let Ok(Header { generation, .. }) = Header::decode(file) else { return };
    let mut at = DATA_START;
    while let Some(head) = file.get(at..at + RECORD_HEADER) {
        let (length, _) = format::peek(head);
        let synced = head[12..].first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        let Some(record) = file.get_mut(at..at + length).filter(|record| record[4..8] != [0; 4]) else {
            return;
        };
        format::finish(record, generation, u64::from(synced));
        at += length;
    }
}

/// The largest offset up to which the records between two others say that all was synced.
fn proven_after(file: &[u8], mut at: usize, end: usize, generation: u64) -> u64 {
    let mut proven = 0;
    while at < end {
        let Some(record) = format::read_record(&file[at..], generation) else { break };
        proven = proven.max(record.synced);
        at += record.length();
    }
    proven
}

type Commits = Vec<(u64, Vec<u8>)>;

/// The commits of a segment and where they end, or `None` when it is refused for a reason.
fn commits_of(file: &[u8]) -> Option<(Commits, usize)> {
    let folder = Segments::new(Arc::new(RealDisk), "log".into());
    let number = Header::decode(file).map_or(1, |header| header.number);
    let mut commits = Vec::new();
    let read = read_alone(&folder, number, file, |ts, body| {
        format::decode_body(body).ok_or("it makes no sense")?;
        commits.push((ts, body.to_vec()));
        Ok(())
    });
    match read {
        Ok(end) => Some((commits, end)),
        Err(StoreError::Damaged { offset, reason, .. }) => {
            assert!(offset <= file.len() as u64 && !reason.is_empty());
            None
        }
        Err(StoreError::NewerFormat { found, .. }) => {
            assert!(found > VERSION);
            None
        }
        Err(other) => panic!("a segment is damaged, newer or whole: {other}"),
    }
}
