//! How a document lies in the store: eight bytes of creation time, then the value in binary form.
//!
//! Invariant: pure; knows types and bytes, no transaction.

use crate::error::DbError;
use crate::store::{Key, Payload};
use crate::value::{
    DecodeError, Doc, Document, DocumentId, EncodeError, Id, KeyWriter, Limits, TableNumber, Timestamp,
    binary,
};

const CREATION_TIME: usize = size_of::<i64>();
/// Documents of the system hold values that have limits of their own, such as the arguments of a scheduled function.
const OF_THE_SYSTEM: Limits = Limits { size: 2 * Limits::VALUE.size, ..Limits::VALUE };

/// The stored form of a document.
pub(crate) fn encode<T: Document>(creation_time: Timestamp, value: &T) -> Result<Payload, DbError> {
    let mut bytes = Vec::with_capacity(64);
    bytes.extend_from_slice(&creation_time.as_micros().to_le_bytes());
    let limits = if T::TABLE.starts_with('_') { &OF_THE_SYSTEM } else { &Limits::DOCUMENT };
    binary::write(value, limits, &mut bytes).map_err(|source| unencodable::<T>(source))?;
    Ok(Payload::from(bytes))
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
        keys.push(index_key(doc, index, &mut writer)?);
    }
    Ok(keys)
}

/// The key of a document in one of the table's declared indexes.
pub(crate) fn index_key<T: Document>(
    doc: &Doc<T>,
    index: usize,
    writer: &mut KeyWriter,
) -> Result<Key, DbError> {
    doc.value.index_key(index, writer).map_err(unencodable::<T>)?;
    Ok(Key::from(writer.finish(doc.creation_time, doc.id.document()).into_vec()))
}

/// The key of a document in the order of creation.
pub(crate) fn creation_key(creation_time: Timestamp, id: DocumentId) -> Key {
    Key::from(KeyWriter::new().finish(creation_time, id).into_vec())
}

fn unencodable<T: Document>(source: EncodeError) -> DbError {
    DbError::Unencodable { table: T::TABLE, source }
}

fn undecodable<T: Document>(id: Id<T>, source: DecodeError) -> DbError {
    DbError::Undecodable { table: T::TABLE, id: id.to_string(), source }
}
