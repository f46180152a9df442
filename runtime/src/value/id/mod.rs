//! Ids of documents.
//!
//! Owns [`Id`], its text (the same as Convex's: table number as LEB128, 16-byte body, a Fletcher-16 footer, all in
//! base 32) and its errors. There is one text for each id: whatever is accepted is what would have been written.
//! Must never know which tables exist.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::traits::Document;
use super::{Timestamp, base32};

pub(crate) use serial::{CheckedId, ID, from_bytes, to_bytes};

mod serial;

/// The number that stands for a table in ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TableNumber(pub u32);

impl fmt::Display for TableNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A document's id without its table: the creation time in microseconds, big-endian, then eight random bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentId(pub [u8; 16]);

impl DocumentId {
    /// The id of a document created at `creation_time`.
    pub fn new(creation_time: Timestamp, random: u64) -> Self {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&creation_time.as_micros().to_be_bytes());
        bytes[8..].copy_from_slice(&random.to_be_bytes());
        Self(bytes)
    }

    /// When the document was created.
    pub fn creation_time(self) -> Timestamp {
        let mut micros = [0; 8];
        micros.copy_from_slice(&self.0[..8]);
        Timestamp::from_micros(i64::from_be_bytes(micros))
    }
}

impl fmt::Debug for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DocumentId({:032x})", u128::from_be_bytes(self.0))
    }
}

/// The id of a document of the table `T`; a string to clients.
pub struct Id<T> {
    table: TableNumber,
    document: DocumentId,
    type_of_document: PhantomData<fn() -> T>,
}

impl<T> Id<T> {
    /// The id of `document` in the table with this number, which must be `T`'s.
    pub const fn new(table: TableNumber, document: DocumentId) -> Self {
        Self { table, document, type_of_document: PhantomData }
    }

    /// The number of the table.
    pub const fn table(self) -> TableNumber {
        self.table
    }

    /// The id within the table.
    pub const fn document(self) -> DocumentId {
        self.document
    }

    /// The same id, said to be of the table `U`.
    pub const fn cast<U>(self) -> Id<U> {
        Id::new(self.table, self.document)
    }
}

/// A text is not an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// The text has a length that no id has.
    #[error("an id has 31 to 37 characters, this has {0}")]
    Length(usize),
    /// A character cannot stand where it does.
    #[error("the character at {0} cannot stand there in an id")]
    Character(usize),
    /// The table number is too large or written longer than needed.
    #[error("the id has no valid table number")]
    Table,
    /// The text was altered or is not an id at all.
    #[error("the checksum of the id is wrong")]
    Checksum,
}

impl IdError {
    /// A name for logs and metrics; it never changes.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Length(_) => "id_length",
            Self::Character(_) => "id_character",
            Self::Table => "id_table",
            Self::Checksum => "id_checksum",
        }
    }
}

impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(IdText::new(self.table, self.document).as_str())
    }
}

impl<T> FromStr for Id<T> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        parse(text).map(|(table, document)| Self::new(table, document))
    }
}

impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({self})")
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Id<T> {}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.table, self.document) == (other.table, other.document)
    }
}

impl<T> Eq for Id<T> {}

impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        (self.table, self.document).cmp(&(other.table, other.document))
    }
}

impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.table, self.document).hash(state);
    }
}

impl<T: Document> JsonSchema for Id<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Id_of_{}", T::TABLE).into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "id", "x-table": T::TABLE })
    }
}

/// Longest and shortest binary form: the number, the body, the footer.
const BYTES_MAX: usize = 5 + 16 + 2;
const BYTES_MIN: usize = 1 + 16 + 2;
const TEXT_MAX: usize = base32::text_length(BYTES_MAX);
const TEXT_MIN: usize = base32::text_length(BYTES_MIN);

/// The text of an id, without allocation.
pub(crate) struct IdText {
    text: [u8; TEXT_MAX],
    length: usize,
}

/// The table and the document of an id's text.
pub(crate) fn id_parts(text: &str) -> Option<(TableNumber, DocumentId)> {
    parse(text).ok()
}

/// The text of an id.
pub(crate) fn id_text(table: TableNumber, document: DocumentId) -> String {
    IdText::new(table, document).as_str().to_owned()
}

impl IdText {
    pub(crate) fn new(table: TableNumber, document: DocumentId) -> Self {
        let mut bytes = [0; BYTES_MAX];
        let mut length = 0;
        let mut put = |byte: u8| {
            bytes[length] = byte;
            length += 1;
        };
        let mut number = table.0;
        while number >= 0x80 {
            put((number & 0x7f) as u8 | 0x80);
            number >>= 7;
        }
        #[expect(clippy::cast_possible_truncation, reason = "below 128 after the loop")]
        put(number as u8);
        document.0.into_iter().for_each(&mut put);
        let footer = fletcher16(&bytes[..length]);
        bytes[length..length + 2].copy_from_slice(&footer);
        let mut text = [0; TEXT_MAX];
        let length = base32::encode(&bytes[..length + 2], &mut text);
        Self { text, length }
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.text[..self.length]).expect("base 32 is ASCII")
    }
}

/// How long the text of an id of this table is.
pub(crate) const fn text_length(table: TableNumber) -> usize {
    let number_bytes = match table.0 {
        0..0x80 => 1,
        0x80..0x4000 => 2,
        0x4000..0x20_0000 => 3,
        0x20_0000..0x1000_0000 => 4,
        0x1000_0000.. => 5,
    };
    base32::text_length(number_bytes + 16 + 2)
}

/// Reads the text of an id.
pub(crate) fn parse(text: &str) -> Result<(TableNumber, DocumentId), IdError> {
    if !(TEXT_MIN..=TEXT_MAX).contains(&text.len()) {
        return Err(IdError::Length(text.len()));
    }
    let mut buffer = [0; BYTES_MAX];
    let length = base32::decode(text.as_bytes(), &mut buffer).map_err(IdError::Character)?;
    // Some lengths in between belong to no number of bytes.
    let bytes = buffer.get(..length).filter(|bytes| bytes.len() >= BYTES_MIN);
    let bytes = bytes.ok_or(IdError::Length(text.len()))?;
    let (content, footer) = bytes.split_at(length - 2);
    if footer != fletcher16(content) {
        return Err(IdError::Checksum);
    }
    let (number, body) = content.split_at(content.len() - 16);
    let table = parse_number(number).ok_or(IdError::Table)?;
    let document = body.try_into().map_err(|_| IdError::Table)?;
    Ok((table, DocumentId(document)))
}

/// Reads a table number that takes up all of `bytes` and is no longer than needed.
fn parse_number(bytes: &[u8]) -> Option<TableNumber> {
    let (last, front) = bytes.split_last()?;
    if *last >= 0x80 || (*last == 0 && !front.is_empty()) {
        return None;
    }
    let mut number = u64::from(*last);
    for byte in front.iter().rev() {
        if *byte < 0x80 {
            return None;
        }
        number = (number << 7) | u64::from(byte & 0x7f);
    }
    u32::try_from(number).ok().map(TableNumber)
}

/// The checksum, low byte first; of version 0 of ids, which leaves it as it is.
fn fletcher16(bytes: &[u8]) -> [u8; 2] {
    let (mut first, mut second) = (0_u8, 0_u8);
    for byte in bytes {
        first = first.wrapping_add(*byte);
        second = second.wrapping_add(first);
    }
    [first, second]
}

#[cfg(test)]
mod tests;
