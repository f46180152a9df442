//! What must hold of any bytes whatsoever: one function for each reader of bytes from outside or from the disk.
//!
//! Exists for tests alone: the libFuzzer targets in `tests/fuzz` call these functions, and so does an ordinary test,
//! on the kept corpus and on seeded mutations of it.
//!
//! Invariant: a function here returns for every input, and panics exactly when a promise is broken.

mod shape;

#[cfg(test)]
mod mutate;
#[cfg(test)]
mod tests;

use crate::store::{any_base_bytes, any_log_bytes, any_segment};
use crate::value::{DocumentId, IdText, Limits, TableNumber, binary, json, parse_id};
use shape::Shape;

/// What a target is: it panics when the bytes break a promise.
pub type Target = fn(&[u8]);

/// Every target by name.
pub const TARGETS: &[(&str, Target)] =
    &[("base", base), ("binary", stored), ("ids", ids), ("json", wire), ("log", log), ("segment", segment)];

/// Stored values: what is accepted is a value, whose second writing is the first.
pub fn stored(bytes: &[u8]) {
    let mut text = Vec::new();
    let shown = binary::to_json(bytes, json::JsonFormat::Encoded, &mut text);
    assert_eq!(shown.is_err(), text.is_empty(), "text is written exactly when the bytes are a value");
    if shown.is_ok() {
        let text = std::str::from_utf8(&text).expect("JSON is UTF-8");
        serde_json::from_str::<serde::de::IgnoredAny>(text).expect("what is written is JSON");
    }
    let mut clean = Vec::new();
    assert_eq!(binary::to_json(bytes, json::JsonFormat::Clean, &mut clean).is_ok(), shown.is_ok());
    let Ok(value) = binary::read::<Shape>(bytes) else { return };
    let Some(first) = store(&value) else { return };
    let again: Shape = binary::read(&first).expect("what was written can be read");
    assert_eq!(store(&again), Some(first), "a value that is read and written again stays the same");
}

/// JSON from clients: what is accepted is a value, the same on the wire, in the store and back.
pub fn wire(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for how in [json::Decoding::wire(None), json::Decoding::lenient()] {
        let Ok(value) = json::read::<Shape>(text, &how) else { continue };
        let Ok(first) = json::to_string(&value) else { continue };
        let again: Shape =
            json::read(&first, &json::Decoding::wire(None)).expect("what was written can be read");
        let second = json::to_string(&again).expect("what was read can be written");
        assert_eq!(second, first, "JSON read and written again stays the same");
        let stored = store(&value).expect("what travels can be stored");
        let mut shown = Vec::new();
        binary::to_json(&stored, json::JsonFormat::Encoded, &mut shown)
            .expect("what was stored can be shown");
        assert_eq!(String::from_utf8_lossy(&shown), first, "both encodings tell the same");
    }
}

/// Ids: one text for each id, one id for each text.
pub fn ids(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok((table, document)) = parse_id(text)
    {
        assert_eq!(IdText::new(table, document).as_str(), text, "an id has one text");
    }
    if let Some((table, rest)) = bytes.split_first_chunk::<4>()
        && let Some(document) = rest.first_chunk::<16>()
    {
        let id = (TableNumber(u32::from_le_bytes(*table)), DocumentId(*document));
        assert_eq!(parse_id(IdText::new(id.0, id.1).as_str()), Ok(id), "every id has a text");
    }
}

/// The log: headers, records and what they hold.
pub fn log(bytes: &[u8]) {
    any_log_bytes(bytes);
}

/// Whole segments of the log: what is read was written, and what is lost is told.
pub fn segment(bytes: &[u8]) {
    any_segment(bytes);
}

/// Values of the base, and what it says of itself.
pub fn base(bytes: &[u8]) {
    any_base_bytes(bytes);
}

fn store(value: &Shape) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    binary::write(value, &Limits::VALUE, &mut bytes).ok().map(|_| bytes)
}
