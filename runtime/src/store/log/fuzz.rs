//! What must hold of any bytes where the log is expected.

use super::format::{self, BadHeader, Header, RECORD_HEADER, VERSION};

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
