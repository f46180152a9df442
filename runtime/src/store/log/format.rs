//! Owns the bytes of the log: segment header, record, encoded writes. All integers are little-endian.
//!
//! Invariant: pure functions; whatever bytes come in, decoding answers and never panics.
//!
//! ```text
//! header  0 magic 8 | 8 crc 4 | 12 version 4 | 16 generation 8 | 24 number 8 | 32 bytes 8 | 40 first 8 | 48 previous 8 | 56 zero 8
//! record  0 crc 4 | 4 mark 4 | 8 length 4 | 12 synced 4 | 16 ts 8 | 24 body
//! body    any number of: tag 1, then by tag: table 4, id 16 (, length 4, bytes) or index 4 (, length 4, key)
//! ```
//! The first 64 bytes of a header, its checksum included, keep this layout in every later version.

use crate::store::IndexNumber;
use crate::store::payload::{Key, Payload};
use crate::store::write_set::{DocumentWrite, IndexWrite, WriteSet};
use crate::value::{DocumentId, TableNumber};

/// The version written, and the newest one read.
pub(crate) const VERSION: u32 = 1;

/// Where records begin: no write of a record ever touches the header's blocks.
pub(crate) const DATA_START: usize = 4096;

/// Bytes before a record's body.
pub(crate) const RECORD_HEADER: usize = 24;

/// Most bytes of one record, so that offsets in a segment of its own stay well inside 32 bits.
pub(crate) const RECORD_LIMIT: u64 = 1 << 30;

const MAGIC: [u8; 8] = *b"mnsprlog";
const HEADER: usize = 64;

/// What a segment says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Unlike that of any other life of this or another segment; larger than those before.
    pub(crate) generation: u64,
    /// Its place in the sequence, also its file name.
    pub(crate) number: u64,
    /// Its size.
    pub(crate) bytes: u64,
    /// The first commit in it.
    pub(crate) first: u64,
    /// The last commit before it.
    pub(crate) previous: u64,
}

/// Why a header is not taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum BadHeader {
    /// The bytes are not what was written.
    Damaged(&'static str),
    /// They are, by a newer program.
    Newer(u32),
}

impl Header {
    pub(crate) fn encode(&self) -> [u8; HEADER] {
        self.encode_as(VERSION)
    }

    pub(crate) fn encode_as(&self, version: u32) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[12..16].copy_from_slice(&version.to_le_bytes());
        let fields = [self.generation, self.number, self.bytes, self.first, self.previous];
        for (place, field) in bytes[16..56].chunks_exact_mut(8).zip(fields) {
            place.copy_from_slice(&field.to_le_bytes());
        }
        let crc = crc32fast::hash(&bytes[12..]);
        bytes[8..12].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    pub(crate) fn decode(segment: &[u8]) -> Result<Self, BadHeader> {
        let Some(bytes) = segment.first_chunk::<HEADER>() else {
            return Err(BadHeader::Damaged("the file is shorter than a header"));
        };
        if bytes[..8] != MAGIC {
            return Err(BadHeader::Damaged("the header does not begin as a log segment does"));
        }
        if crc32fast::hash(&bytes[12..]) != u32_at(bytes, 8) {
            return Err(BadHeader::Damaged("the header's checksum is wrong"));
        }
        let version = u32_at(bytes, 12);
        if version > VERSION {
            return Err(BadHeader::Newer(version));
        }
        let [generation, number, bytes, first, previous] = [16, 24, 32, 40, 48].map(|at| u64_at(bytes, at));
        Ok(Self { generation, number, bytes, first, previous })
    }
}

/// One record found in a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record<'a> {
    pub(crate) ts: u64,
    /// Everything before this offset had been synced when the record was written.
    pub(crate) synced: u64,
    /// Empty in a seal: a record that only says that everything before it was synced.
    pub(crate) body: &'a [u8],
}

impl Record<'_> {
    pub(crate) fn length(&self) -> usize {
        RECORD_HEADER + self.body.len()
    }
}

/// Appends a record that still lacks what only its segment knows: see [`finish`].
pub(crate) fn append_record(buffer: &mut Vec<u8>, ts: u64, writes: &WriteSet) {
    let start = buffer.len();
    buffer.extend([0; 16]);
    buffer.extend(ts.to_le_bytes());
    append_body(buffer, writes);
    let length =
        u32::try_from(buffer.len() - start - RECORD_HEADER).expect("the caller checked `record_bytes`");
    buffer[start + 8..start + 12].copy_from_slice(&length.to_le_bytes());
}

/// The size of the record of these writes.
pub(crate) fn record_bytes(writes: &WriteSet) -> u64 {
    let documents =
        writes.documents.iter().map(|write| 21 + write.value.as_ref().map_or(0, |value| 4 + value.len()));
    let indexes = writes.indexes.iter().map(|write| 9 + write.key.len());
    (RECORD_HEADER + documents.sum::<usize>() + indexes.sum::<usize>() + 5 * writes.dropped.len()) as u64
}

/// The size of the unfinished record at the beginning of `group`, and its timestamp.
pub(crate) fn peek(group: &[u8]) -> (usize, u64) {
    (RECORD_HEADER + u32_at(group, 8) as usize, u64_at(group, 16))
}

/// Completes a record for the segment it goes to.
pub(crate) fn finish(record: &mut [u8], generation: u64, synced: u64) {
    let synced = u32::try_from(synced).expect("segments stay below 4 GiB");
    record[4..8].copy_from_slice(&mark(generation));
    record[12..16].copy_from_slice(&synced.to_le_bytes());
    let crc = checksum(generation, &record[4..]);
    record[..4].copy_from_slice(&crc.to_le_bytes());
}

/// The record at the beginning of `bytes`, when it is whole and of this generation.
pub(crate) fn read_record(bytes: &[u8], generation: u64) -> Option<Record<'_>> {
    if bytes.len() < RECORD_HEADER || bytes[4..8] != mark(generation) {
        return None;
    }
    let whole = bytes.get(..RECORD_HEADER.checked_add(u32_at(bytes, 8) as usize)?)?;
    if checksum(generation, &whole[4..]) != u32_at(whole, 0) {
        return None;
    }
    let (synced, ts) = (u64::from(u32_at(whole, 12)), u64_at(whole, 16));
    Some(Record { ts, synced, body: &whole[RECORD_HEADER..] })
}

/// A seal, which closes a log that was written to its end.
pub(crate) fn seal(generation: u64, ts: u64, position: u64) -> [u8; RECORD_HEADER] {
    let mut record = [0; RECORD_HEADER];
    record[16..].copy_from_slice(&ts.to_le_bytes());
    finish(&mut record, generation, position);
    record
}

/// A generation larger than the one before, and unlike those of folders that are gone. Odd, so that no mark is zero.
pub(crate) fn next_generation(previous: u64, now: u64) -> u64 {
    now.max(previous + 1) | 1
}

/// Stands in every record, so that looking for the next one after damage seldom has to compute a checksum. Two
/// generations with the same mark differ in the upper half alone, and then the checksum tells them apart for certain;
/// a mark derived from a checksum itself would agree exactly when the checksums do.
pub(crate) fn mark(generation: u64) -> [u8; 4] {
    let [a, b, c, d, ..] = generation.to_le_bytes();
    [a, b, c, d]
}

fn checksum(generation: u64, bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&generation.to_le_bytes());
    hasher.update(bytes);
    hasher.finalize()
}

const PUT: u8 = 1;
const DELETE: u8 = 2;
const INSERT_KEY: u8 = 3;
const REMOVE_KEY: u8 = 4;
const DROP_INDEX: u8 = 5;

fn append_body(buffer: &mut Vec<u8>, writes: &WriteSet) {
    let append_long = |buffer: &mut Vec<u8>, bytes: &[u8]| {
        let length = u32::try_from(bytes.len()).expect("the caller checked `record_bytes`");
        buffer.extend(length.to_le_bytes());
        buffer.extend_from_slice(bytes);
    };
    for DocumentWrite { table, id, value } in &writes.documents {
        buffer.push(if value.is_some() { PUT } else { DELETE });
        buffer.extend(table.0.to_le_bytes());
        buffer.extend(id.0);
        if let Some(value) = value {
            append_long(buffer, value);
        }
    }
    for IndexWrite { index, key, insert } in &writes.indexes {
        buffer.push(if *insert { INSERT_KEY } else { REMOVE_KEY });
        buffer.extend(index.0.to_le_bytes());
        append_long(buffer, key);
    }
    for index in &writes.dropped {
        buffer.push(DROP_INDEX);
        buffer.extend(index.0.to_le_bytes());
    }
}

/// The writes in a record's body; `None` when it does not hold what this version writes.
pub(crate) fn decode_body(mut body: &[u8]) -> Option<WriteSet> {
    let mut writes = WriteSet::default();
    while let Some((&tag, rest)) = body.split_first() {
        body = rest;
        let number = u32::from_le_bytes(take(&mut body)?);
        match tag {
            PUT | DELETE => {
                let (table, id) = (TableNumber(number), DocumentId(take(&mut body)?));
                let value = if tag == PUT { Some(Payload::new(take_long(&mut body)?)) } else { None };
                writes.documents.push(DocumentWrite { table, id, value });
            }
            INSERT_KEY | REMOVE_KEY => {
                let key = Key::new(take_long(&mut body)?);
                writes.indexes.push(IndexWrite {
                    index: IndexNumber(number),
                    key,
                    insert: tag == INSERT_KEY,
                });
            }
            DROP_INDEX => writes.dropped.push(IndexNumber(number)),
            _ => return None,
        }
    }
    Some(writes)
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*taken)
}

fn take_long<'a>(bytes: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = u32::from_le_bytes(take(bytes)?) as usize;
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    bytes[at..].first_chunk().map_or(0, |field| u32::from_le_bytes(*field))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    bytes[at..].first_chunk().map_or(0, |field| u64::from_le_bytes(*field))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER_OF_3: Header = Header { generation: 9, number: 3, bytes: 8192, first: 70, previous: 69 };

    pub(super) fn sample() -> WriteSet {
        let mut writes = WriteSet::default();
        writes.put(TableNumber(1), DocumentId([2; 16]), &b"small"[..]);
        writes.put(TableNumber(1), DocumentId([3; 16]), vec![7; 300]);
        writes.delete(TableNumber(4), DocumentId([5; 16]));
        writes.insert_key(IndexNumber(6), &b"new key"[..]);
        writes.remove_key(IndexNumber(6), &b""[..]);
        writes.drop_index(IndexNumber(8));
        writes
    }

    fn record(generation: u64) -> Vec<u8> {
        let mut buffer = Vec::new();
        append_record(&mut buffer, 77, &sample());
        finish(&mut buffer, generation, 4096);
        buffer
    }

    #[test]
    fn a_record_comes_back() {
        let bytes = record(9);
        assert_eq!(bytes.len() as u64, record_bytes(&sample()));
        assert_eq!(peek(&bytes), (bytes.len(), 77));
        let found = read_record(&bytes, 9).unwrap();
        assert_eq!((found.ts, found.synced, found.length()), (77, 4096, bytes.len()));
        assert_eq!(decode_body(found.body).unwrap(), sample());
    }

    #[test]
    fn another_generation_is_not_ours() {
        assert!(read_record(&record(9), 10).is_none());
        // Not one with the same mark either, nor one that starts the checksum alike.
        assert!(read_record(&record(9), 9 + (1 << 32)).is_none());
        let (mut random, mut by_start) = (fastrand::Rng::with_seed(5), std::collections::HashMap::new());
        let start = |generation: u64| crc32fast::hash(&generation.to_le_bytes());
        let (earlier, later) = std::iter::repeat_with(|| random.u64(..))
            .find_map(|next| by_start.insert(start(next), next).map(|earlier| (earlier, next)))
            .unwrap();
        assert!(read_record(&record(earlier), earlier).is_some());
        assert!(read_record(&record(earlier), later).is_none());
    }

    #[test]
    fn generations_rise_and_leave_no_mark_zero() {
        for (previous, now) in [(0, 0), (0, 1 << 32), (7, 3), (7, 8), (8, 8), (u64::from(u32::MAX), 0)] {
            let next = next_generation(previous, now);
            assert!(next > previous && next >= now && mark(next) != [0; 4]);
        }
    }

    #[test]
    fn every_flipped_bit_and_every_cut_is_noticed() {
        let bytes = record(9);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(read_record(&flipped, 9).is_none(), "bit {bit}");
        }
        for length in 0..bytes.len() {
            assert!(read_record(&bytes[..length], 9).is_none(), "length {length}");
        }
    }

    #[test]
    fn zeros_are_no_record() {
        for generation in (1..1000).step_by(2) {
            assert!(read_record(&[0; 64], generation).is_none());
        }
    }

    #[test]
    fn a_header_comes_back_or_is_refused() {
        let bytes = HEADER_OF_3.encode();
        assert_eq!(Header::decode(&bytes), Ok(HEADER_OF_3));
        assert_eq!(Header::decode(&HEADER_OF_3.encode_as(2)), Err(BadHeader::Newer(2)));
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(matches!(Header::decode(&flipped), Err(BadHeader::Damaged(_))), "bit {bit}");
        }
        assert!(matches!(Header::decode(&bytes[..63]), Err(BadHeader::Damaged(_))));
    }

    #[test]
    fn no_body_makes_decoding_panic() {
        let mut random = fastrand::Rng::with_seed(11);
        let mut body = Vec::new();
        append_body(&mut body, &sample());
        for length in 0..body.len() {
            decode_body(&body[..length]);
        }
        for _ in 0..5000 {
            let mut garbled = body.clone();
            for _ in 0..3 {
                let at = random.usize(..garbled.len());
                garbled[at] = random.u8(..);
            }
            decode_body(&garbled);
        }
    }
}
