//! How a document lies in the store: eight bytes of creation time, then the value in binary form.
//!
//! Invariant: pure; knows types and bytes, no transaction.

use std::cell::Cell;

use crate::error::DbError;
use crate::store::{Key, Payload};
use crate::value::{
    DecodeError, Doc, Document, DocumentId, EncodeError, Id, JsonFormat, KeyWriter, Limits, TableNumber,
    TableNumbers, Timestamp, binary, id_text, json,
};

const CREATION_TIME: usize = size_of::<i64>();
/// Documents of the system hold values that have limits of their own, such as the arguments of a scheduled function.
const OF_THE_SYSTEM: Limits = Limits { size: 2 * Limits::VALUE.size, ..Limits::VALUE };

thread_local! {
    /// Room to encode in. Taken out while in use, so a type that encodes others on its way does no harm.
    static ROOM: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// More room than this is given back.
const KEPT_ROOM: usize = 4096;

/// What a document says in the declared indexes of its table, to see whether and where a change moves it.
pub(crate) struct IndexFields {
    writer: KeyWriter,
    /// Where the fields of each index but the last end: empty, and so no allocation, for tables with one index.
    ends: Vec<usize>,
    length: usize,
}

/// The old and the new key of a document in each declared index; empty when they are all the same.
pub(crate) type Moves = Vec<(Key, Key)>;

impl IndexFields {
    pub(crate) fn of<T: Document>(value: &T) -> Result<Self, DbError> {
        let mut writer = KeyWriter::default();
        if !T::INDEXES.is_empty() {
            writer.reserve(128);
        }
        let ends = write_fields(value, &mut writer)?;
        let length = writer.as_bytes().len();
        Ok(Self { writer, ends, length })
    }

    /// How `doc`, which is the document after a change, stands elsewhere.
    pub(crate) fn moves_to<T: Document>(mut self, doc: &Doc<T>) -> Result<Moves, DbError> {
        let ends = write_fields(&doc.value, &mut self.writer)?;
        let (before, after) = self.writer.as_bytes().split_at(self.length);
        if before == after {
            return Ok(Vec::new());
        }
        let mut writer = KeyWriter::new();
        let mut key = |fields: &[u8]| {
            writer.clear();
            writer.reserve(fields.len() + 64);
            writer.append(fields);
            Key::new(writer.finish(doc.creation_time, doc.id.document()))
        };
        let parts = split(before, &self.ends).zip(split(after, &ends));
        Ok(parts.map(|(from, to)| (key(from), key(to))).collect())
    }
}

/// Keys end by themselves, so those of all indexes can follow one another. Returns where all but the last end.
fn write_fields<T: Document>(value: &T, writer: &mut KeyWriter) -> Result<Vec<usize>, DbError> {
    let start = writer.as_bytes().len();
    let mut ends = Vec::new();
    for index in 0..T::INDEXES.len() {
        if index > 0 {
            ends.push(writer.as_bytes().len() - start);
        }
        value.index_key(index, writer).map_err(unencodable::<T>)?;
    }
    Ok(ends)
}

/// The parts of `bytes` that end at `ends`, and the one behind them.
fn split<'a>(bytes: &'a [u8], ends: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    let starts = std::iter::once(0).chain(ends.iter().copied());
    let ends = ends.iter().copied().chain(std::iter::once(bytes.len()));
    starts.zip(ends).map(|(start, end)| &bytes[start..end])
}

/// The stored form of a document.
pub(crate) fn encode<T: Document>(creation_time: Timestamp, value: &T) -> Result<Payload, DbError> {
    let mut bytes = ROOM.take();
    bytes.clear();
    bytes.extend_from_slice(&creation_time.as_micros().to_le_bytes());
    let limits = if T::TABLE.starts_with('_') { &OF_THE_SYSTEM } else { &Limits::DOCUMENT };
    let written = binary::write(value, limits, &mut bytes).map_err(|source| unencodable::<T>(source));
    let payload = written.map(|_| Payload::new(&bytes));
    if bytes.capacity() <= KEPT_ROOM {
        ROOM.set(bytes);
    }
    payload
}

/// The document behind its stored form.
pub(crate) fn decode<T: Document>(
    table: TableNumber,
    id: DocumentId,
    payload: &Payload,
) -> Result<Doc<T>, DbError> {
    let id = Id::new(table, id);
    let parts = payload.split_first_chunk::<CREATION_TIME>();
    let (creation_time, value) =
        parts.map_or((0, &payload[..]), |(time, rest)| (i64::from_le_bytes(*time), rest));
    match binary::read(value) {
        Ok(value) => Ok(Doc { id, creation_time: Timestamp::from_micros(creation_time), value }),
        Err(source) => Err(undecodable(id, source)),
    }
}

/// A document from elsewhere in its stored form.
pub(crate) struct Imported {
    pub(crate) id: DocumentId,
    pub(crate) creation_time: Timestamp,
    pub(crate) payload: Payload,
    /// In the declared indexes, in their order.
    pub(crate) keys: Vec<Key>,
}

/// Reads a document with its id and creation time from JSON. `is_clean` accepts texts for 64-bit integers and bytes.
pub(crate) fn import<T: Document>(
    text: &str,
    tables: &dyn TableNumbers,
    is_clean: bool,
) -> Result<Imported, String> {
    let doc: Doc<T> = json::read_foreign(text, tables, is_clean).map_err(|error| error.to_string())?;
    let payload = encode(doc.creation_time, &doc.value).map_err(|error| error.to_string())?;
    let keys = index_keys(&doc).map_err(|error| error.to_string())?;
    Ok(Imported { id: doc.id.document(), creation_time: doc.creation_time, payload, keys })
}

/// Appends a document with its id and creation time as lossless JSON, without its type.
pub(crate) fn to_json(
    table: TableNumber,
    id: DocumentId,
    payload: &Payload,
    out: &mut Vec<u8>,
) -> Result<(), DbError> {
    let mut fields = Vec::with_capacity(2 * payload.len());
    let value = payload.get(CREATION_TIME..).unwrap_or_default();
    binary::to_json(value, JsonFormat::Encoded, &mut fields)
        .map_err(|source| DbError::UndecodableBytes { id: id_text(table, id), source })?;
    let time = serde_json::to_string(&creation_time(payload).as_millis_f64()).unwrap_or_default();
    out.extend_from_slice(
        format!("{{\"_id\":\"{}\",\"_creationTime\":{time}", id_text(table, id)).as_bytes(),
    );
    if fields.len() > 2 {
        out.push(b',');
    }
    out.extend_from_slice(fields.get(1..).unwrap_or_default());
    Ok(())
}

/// When the document behind a stored form was created, without decoding it.
pub(crate) fn creation_time(payload: &Payload) -> Timestamp {
    let micros = payload.first_chunk::<CREATION_TIME>().map_or(0, |time| i64::from_le_bytes(*time));
    Timestamp::from_micros(micros)
}

/// The keys of a document in the table's declared indexes, in their order.
pub(crate) fn index_keys<T: Document>(doc: &Doc<T>) -> Result<Vec<Key>, DbError> {
    let mut writer = KeyWriter::new();
    let mut keys = Vec::with_capacity(T::INDEXES.len());
    for index in 0..T::INDEXES.len() {
        writer.clear();
        writer.reserve(64);
        keys.push(index_key(doc, index, &mut writer)?);
    }
    Ok(keys)
}

/// The key of a document in one of the table's declared indexes, by way of a writer that is empty.
pub(crate) fn index_key<T: Document>(
    doc: &Doc<T>,
    index: usize,
    writer: &mut KeyWriter,
) -> Result<Key, DbError> {
    doc.value.index_key(index, writer).map_err(unencodable::<T>)?;
    Ok(Key::new(writer.finish(doc.creation_time, doc.id.document())))
}

/// The key of a document in the order of creation.
pub(crate) fn creation_key(creation_time: Timestamp, id: DocumentId) -> Key {
    Key::new(KeyWriter::new().finish(creation_time, id))
}

fn unencodable<T: Document>(source: EncodeError) -> DbError {
    DbError::Unencodable { table: T::TABLE, source }
}

fn undecodable<T: Document>(id: Id<T>, source: DecodeError) -> DbError {
    DbError::Undecodable { table: T::TABLE, id: id.to_string(), source }
}
