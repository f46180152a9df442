//! The form of a backup: a magic text and a format number, then records, the last of which says what there were.
//!
//! A record is its kind (one byte), the length of its content (four bytes, little-endian), a checksum and the content.
//! The checksum covers the record's place in the sequence too, so that a record that is missing, doubled or moved is
//! found as well as one that has changed.
//!
//! Invariant: knows bytes; whatever the bytes are, reading ends with a record or an error that says where.

use std::io::{self, Read, Write};

use crate::error::BackupError;

const MAGIC: &[u8; 8] = b"mspring\x1a";
const FORMAT: u32 = 1;
/// Kind, length, checksum.
const HEAD: usize = 9;
/// The longest content: more than any document takes, so that a damaged length cannot ask for all memory.
const LONGEST: u32 = 64 << 20;

/// What a record holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// When the backup was taken.
    Begin = 1,
    /// Documents of one table.
    Documents = 2,
    /// Keys of one index.
    Keys = 3,
    /// The name of a stored file, whose bytes follow.
    File = 4,
    /// The next bytes of the file.
    FileBytes = 5,
    /// How much there was of everything.
    End = 6,
}

impl Kind {
    fn of(byte: u8) -> Option<Self> {
        [Self::Begin, Self::Documents, Self::Keys, Self::File, Self::FileBytes, Self::End]
            .into_iter()
            .find(|kind| *kind as u8 == byte)
    }
}

/// Makes records.
#[derive(Default)]
pub(super) struct Encoder {
    records: u64,
}

impl Encoder {
    /// What a backup begins with.
    pub(super) fn head(out: &mut Vec<u8>) {
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&FORMAT.to_le_bytes());
    }

    /// Appends a record to `out`.
    pub(super) fn record(&mut self, kind: Kind, content: &[u8], out: &mut Vec<u8>) {
        let length = u32::try_from(content.len()).expect("records are cut to a fraction of that");
        out.push(kind as u8);
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&checksum(self.records, kind as u8, content).to_le_bytes());
        out.extend_from_slice(content);
        self.records += 1;
    }
}

/// Reads records and checks them.
pub(super) struct Decoder<R> {
    input: R,
    offset: u64,
    records: u64,
}

impl<R: Read> Decoder<R> {
    /// Reads what a backup begins with.
    pub(super) fn new(input: R) -> Result<Self, BackupError> {
        let mut decoder = Self { input, offset: 0, records: 0 };
        let mut head = [0; MAGIC.len() + 4];
        let length = decoder.fill(&mut head)?;
        if !head.starts_with(MAGIC) || length < head.len() {
            let is_a_beginning = length > 0 && MAGIC.starts_with(&head[..length.min(MAGIC.len())]);
            let truncated = BackupError::Truncated { offset: decoder.offset };
            return Err(if is_a_beginning { truncated } else { BackupError::NotABackup });
        }
        let found = head.last_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        if found > FORMAT {
            return Err(BackupError::NewerFormat { found, supported: FORMAT });
        }
        if found == 0 {
            return Err(BackupError::Damaged { offset: MAGIC.len() as u64, reason: "there is no format 0" });
        }
        Ok(decoder)
    }

    /// The next record. There must be one.
    pub(super) fn record(&mut self) -> Result<(Kind, Vec<u8>), BackupError> {
        let start = self.offset;
        let damaged = |reason| BackupError::Damaged { offset: start, reason };
        let mut head = [0; HEAD];
        if self.fill(&mut head)? < HEAD {
            return Err(BackupError::Truncated { offset: self.offset });
        }
        let (kind, mut numbers) = (head[0], &head[1..]);
        let length = content::take_u32(&mut numbers).unwrap_or_default();
        let expected = content::take_u32(&mut numbers).unwrap_or_default();
        if length > LONGEST {
            return Err(damaged("the length of a record is impossible"));
        }
        let mut content = vec![0; length as usize];
        if self.fill(&mut content)? < content.len() {
            return Err(BackupError::Truncated { offset: self.offset });
        }
        if checksum(self.records, kind, &content) != expected {
            return Err(damaged("the checksum of a record does not match"));
        }
        self.records += 1;
        let kind =
            Kind::of(kind).ok_or_else(|| damaged("a record is of a kind that this program does not know"))?;
        Ok((kind, content))
    }

    /// That nothing follows the last record.
    pub(super) fn expect_end(&mut self) -> Result<(), BackupError> {
        let offset = self.offset;
        if self.fill(&mut [0])? == 0 {
            return Ok(());
        }
        Err(BackupError::Damaged { offset, reason: "something follows the end of the backup" })
    }

    /// Where the next record begins.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// Reads until the buffer is full or the input ends; returns how much.
    fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, BackupError> {
        let mut length = 0;
        while length < buffer.len() {
            match self.input.read(&mut buffer[length..]) {
                Ok(0) => break,
                Ok(more) => length += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(BackupError::io("read the backup")(error)),
            }
        }
        self.offset += length as u64;
        Ok(length)
    }
}

fn checksum(place: u64, kind: u8, content: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&place.to_le_bytes());
    hasher.update(&[kind]);
    hasher.update(&(content.len() as u64).to_le_bytes());
    hasher.update(content);
    hasher.finalize()
}

/// Writes all of `bytes` and hands the writer back.
pub(super) fn write_all<W: Write>(mut out: W, bytes: &[u8]) -> Result<W, BackupError> {
    out.write_all(bytes).map_err(BackupError::io("write the backup"))?;
    Ok(out)
}

/// Numbers and byte strings in the content of a record.
pub(super) mod content {
    /// Appends a byte string: its length, then the bytes.
    pub(in crate::app::backup) fn put(out: &mut Vec<u8>, bytes: &[u8]) {
        let length = u32::try_from(bytes.len()).expect("documents and keys are shorter than that");
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(bytes);
    }

    /// Takes a byte string from the front.
    pub(in crate::app::backup) fn take<'a>(input: &mut &'a [u8]) -> Option<&'a [u8]> {
        let length = usize::try_from(take_u32(input)?).ok()?;
        let (bytes, rest) = input.split_at_checked(length)?;
        *input = rest;
        Some(bytes)
    }

    pub(in crate::app::backup) fn take_u32(input: &mut &[u8]) -> Option<u32> {
        take_array(input).map(u32::from_le_bytes)
    }

    pub(in crate::app::backup) fn take_u64(input: &mut &[u8]) -> Option<u64> {
        take_array(input).map(u64::from_le_bytes)
    }

    pub(in crate::app::backup) fn take_array<const N: usize>(input: &mut &[u8]) -> Option<[u8; N]> {
        let (bytes, rest) = input.split_first_chunk::<N>()?;
        *input = rest;
        Some(*bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let (mut bytes, mut encoder) = (Vec::new(), Encoder::default());
        Encoder::head(&mut bytes);
        encoder.record(Kind::Begin, b"begin", &mut bytes);
        encoder.record(Kind::Keys, b"", &mut bytes);
        encoder.record(Kind::Keys, b"", &mut bytes);
        encoder.record(Kind::End, b"the end", &mut bytes);
        bytes
    }

    fn read(bytes: &[u8]) -> Result<Vec<(Kind, Vec<u8>)>, BackupError> {
        let mut decoder = Decoder::new(bytes)?;
        let mut records = Vec::new();
        loop {
            let record = decoder.record()?;
            let is_last = record.0 == Kind::End;
            records.push(record);
            if is_last {
                decoder.expect_end()?;
                return Ok(records);
            }
        }
    }

    #[test]
    fn records_read_back() {
        let records = read(&sample()).expect("it is intact");
        assert_eq!(records.len(), 4);
        assert_eq!(records[3], (Kind::End, b"the end".to_vec()));
    }

    #[test]
    fn every_changed_bit_is_found() {
        let intact = sample();
        for place in 0..intact.len() {
            for bit in 0..8 {
                let mut bytes = intact.clone();
                bytes[place] ^= 1 << bit;
                let found = read(&bytes);
                assert!(found.is_err(), "byte {place}, bit {bit}");
            }
        }
    }

    #[test]
    fn every_cut_is_found_and_told_by_its_offset() {
        let intact = sample();
        for length in 1..intact.len() {
            match read(&intact[..length]) {
                Err(BackupError::Truncated { offset }) => assert_eq!(offset, length as u64),
                other => panic!("{length}: {other:?}"),
            }
        }
        assert!(matches!(read(b""), Err(BackupError::NotABackup)));
        assert!(matches!(read(b"PK\x03\x04 and more than that"), Err(BackupError::NotABackup)));
    }

    #[test]
    fn a_record_in_another_place_is_found() {
        let intact = sample();
        let doubled = [&intact[..26], &intact[26..35], &intact[26..]].concat();
        let reason = "the checksum of a record does not match";
        match read(&doubled) {
            Err(BackupError::Damaged { offset: 35, reason: told }) => assert_eq!(told, reason),
            other => panic!("{other:?}"),
        }
    }
}
