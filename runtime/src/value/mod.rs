//! Values: what functions take, return and store, and every form they travel in.
//!
//! Owns the marker traits ([`Value`], [`Document`]), ids, times and bytes, the two encodings ([`json`] on the
//! network, [`binary`] on disk), the order-preserving [`key`]s of indexes, and the limits and errors of all of them.
//! One serializer drives every output; each form is a `Sink` behind it, so that they cannot disagree
//! about the data model.
//!
//! Invariant: pure. Equal input gives equal output, and no input, however hostile, panics or recurses without bound.
//! Must never know about clocks, randomness, tasks, the store, or which tables exist (it is told through
//! [`TableNumbers`]).

mod arguments;
mod base32;
mod bytes;
mod doc;
mod encode;
mod error;
mod hash;
mod id;
mod limits;
mod map_key;
mod of_type;
mod path;
mod plain;
mod timestamp;
mod traits;
mod witness;

pub(crate) mod binary;
pub mod json;
pub(crate) mod key;

pub(crate) use arguments::Arguments;
pub use bytes::Bytes;
pub use doc::Doc;
pub use error::{DecodeError, DecodeErrorKind, EncodeError, EncodeErrorKind};
pub(crate) use hash::fnv1a;
pub use id::{DocumentId, Id, IdError, TableNumber};
#[cfg(any(test, fuzzing))]
pub(crate) use id::{IdText, parse as parse_id};
pub(crate) use id::{id_parts, id_text};
pub(crate) use json::JsonFormat;
pub(crate) use key::KeyRange;
pub use key::KeyWriter;
pub use limits::Limits;
pub(crate) use of_type::of_type;
#[doc(hidden)]
pub use plain::{Part, names_schema, read_name, read_struct, struct_schema};
pub use timestamp::Timestamp;
#[doc(hidden)]
pub use traits::field;
pub use traits::{Document, IndexSpec, SystemTable, Table, TableNumbers, Value};
#[doc(hidden)]
pub use witness::{Decoded, Encoded, Field, FieldOf};

#[cfg(test)]
mod tests;
