//! All documents as lines of JSON in a zip archive, in the layout of Convex's exports, and back.
//!
//! ```text
//! _tables/documents.jsonl        {"name": "jobs", "id": 10001}: which number ids of a table have
//! jobs/documents.jsonl           {"_id": …, "_creationTime": …, …}, lossless JSON, in the order of creation
//! jobs/generated_schema.jsonl    "uniform": what says that the JSON is lossless
//! _storage/documents.jsonl       {"_id": …, "_creationTime": …, "sha256": …, "size": …, "contentType": …}
//! _storage/<id>                  the bytes of a stored file
//! mainspring.json                the numbers of the tables of the system
//! ```
//!
//! Ids and creation times are kept; in an import the number of the table in each id becomes this application's own.
//! Scheduled functions are not part of an export: they are in a backup.
//!
//! Invariant: an export shows one instant; an import is checked as a whole before anything is written.

mod archive;
mod export;
mod import;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub(crate) use export::export;
pub(crate) use import::import;
pub use import::{ImportMode, ImportOptions};

/// What was exported or imported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransferSummary {
    /// Tables, that of stored files not included.
    pub tables: u64,
    /// Their documents.
    pub documents: u64,
    /// Stored files.
    pub files: u64,
    /// Documents and stored files that were there before and had to make room.
    pub replaced: u64,
}

const TABLES: &str = "_tables";
const STORAGE: &str = "_storage";
const DOCUMENTS: &str = "documents.jsonl";
const SCHEMA: &str = "generated_schema.jsonl";
const SYSTEM: &str = "mainspring.json";
/// The whole of [`SCHEMA`] when the JSON needs no schema to be read.
const UNIFORM: &str = "\"uniform\"";

/// A line of `_tables`.
#[derive(Serialize, Deserialize)]
struct TableLine {
    name: String,
    id: u32,
}

/// A line of `_storage`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FileLine {
    #[serde(rename = "_id")]
    id: String,
    #[serde(rename = "_creationTime")]
    creation_time: f64,
    sha256: String,
    size: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
}

/// The bytes behind hexadecimal digits.
fn from_hex(text: &str) -> Vec<u8> {
    let digits =
        |pair: &[u8]| std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair, 16).ok());
    text.as_bytes().chunks(2).filter_map(digits).collect()
}
