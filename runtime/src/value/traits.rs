//! What may be an argument, a result, a field or a document.
//!
//! Owns the marker traits and which foreign types have them. Must never know a user's types: those get the traits
//! from the macros.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, Hash};

use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Bytes, Doc, EncodeError, Id, KeyWriter, TableNumber, Timestamp};

/// A type that can be an argument or a result of a function, and a field of a table.
///
/// Implemented by `#[mainspring::value]` and `#[mainspring::table]`, and here for the standard types that have a
/// faithful form on the wire. `i64`, `u64`, `isize` and `usize` travel as 64-bit integers (`bigint` in JavaScript),
/// all other numbers as numbers.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value: it cannot be an argument, a result or a field of a table",
    label = "not a value",
    note = "if the type is yours, add `#[mainspring::value]` to it",
    note = "if it comes from another crate, wrap it in a type of yours that has `#[mainspring::value]`",
    note = "of std's types: a time is a `mainspring::Timestamp`, a duration a number, a map's key a `String` or an `Id`; an array has up to 32 elements, a tuple up to 12"
)]
pub trait Value: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// The proof that each field is a value.
    #[doc(hidden)]
    const FIELDS: () = ();

    /// The names of the fields of a struct whose code is [`read_struct`](super::read_struct).
    #[doc(hidden)]
    const NAMES: &'static [&'static str] = &[];

    /// Whether a field of this type may be missing.
    #[doc(hidden)]
    const IS_OPTION: bool = false;
}

/// Proves that the type of a field is a value.
#[doc(hidden)]
pub const fn field<T: Value>() {}

/// A type whose values are the documents of one table.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a table",
    label = "not a table",
    note = "add `#[mainspring::table(name = \"...\")]` to the type"
)]
pub trait Document: Value {
    /// The table's name.
    const TABLE: &'static str;

    /// The table's indexes, in the order of the numbers that [`index_key`](Self::index_key) takes.
    const INDEXES: &'static [IndexSpec];

    /// `file:line` of its attribute.
    #[doc(hidden)]
    const PLACE: &'static str = "";

    /// Writes this document's fields of the index with the given number.
    ///
    /// # Errors
    ///
    /// When a field has no key, such as an integer that does not fit 64 bits.
    fn index_key(&self, index: usize, key: &mut KeyWriter) -> Result<(), EncodeError>;
}

/// A table of the application, which functions may read and write.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a table of this application",
    label = "not a table",
    note = "add `#[mainspring::table(name = \"...\")]` to the type; system tables can only be read"
)]
pub trait Table: Document {}

/// A table of the framework, which functions may only read.
pub trait SystemTable: Document {}

/// One index of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexSpec {
    /// The index's name, unique in its table.
    pub name: &'static str,
    /// The fields it orders by, first to last.
    pub fields: &'static [&'static str],
}

/// Which number stands for which table in ids.
pub trait TableNumbers {
    /// The number of the table of this name.
    fn number_of(&self, table: &str) -> Option<TableNumber>;

    /// The name of the table with this number.
    fn name_of(&self, number: TableNumber) -> Option<&str>;

    /// The number here of the table that ids from elsewhere call `number`, if there is such a table.
    fn local(&self, number: TableNumber) -> Option<TableNumber> {
        Some(number)
    }
}

macro_rules! values {
    ($($type:ty),* $(,)?) => { $(#[diagnostic::do_not_recommend] impl Value for $type {})* };
}

values!((), bool, char, String, Bytes, Timestamp);
values!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize, f32, f64);

impl<T: Value> Value for Option<T> {
    const IS_OPTION: bool = true;
}
impl<T: Value> Value for Box<T> {
    const IS_OPTION: bool = T::IS_OPTION;
}
impl<T: Value> Value for Vec<T> {}
impl<T: Value> Value for VecDeque<T> {}
impl<T: Value + Ord> Value for BTreeSet<T> {}
impl<T: Value + Eq + Hash, S: Hasher> Value for HashSet<T, S> {}
impl<T: Value> Value for BTreeMap<String, T> {}
impl<T: Value, S: Hasher> Value for HashMap<String, T, S> {}
impl<K: Document, T: Value> Value for BTreeMap<Id<K>, T> {}
impl<K: Document, T: Value, S: Hasher> Value for HashMap<Id<K>, T, S> {}
impl<T: Document> Value for Id<T> {}
impl<T: Document> Value for Doc<T> {}

/// A hash function that a map or set of values may have.
trait Hasher: BuildHasher + Default + Send + Sync + 'static {}

impl<S: BuildHasher + Default + Send + Sync + 'static> Hasher for S {}

macro_rules! array_values {
    ($($length:literal)*) => { $(#[diagnostic::do_not_recommend] impl<T: Value> Value for [T; $length] {})* };
}

array_values!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32);

macro_rules! tuple_values {
    ($($name:ident)*) => {
        #[diagnostic::do_not_recommend]
        impl<$($name: Value),*> Value for ($($name,)*) {}
    };
}

tuple_values!(A);
tuple_values!(A B);
tuple_values!(A B C);
tuple_values!(A B C D);
tuple_values!(A B C D E);
tuple_values!(A B C D E F);
tuple_values!(A B C D E F G);
tuple_values!(A B C D E F G H);
tuple_values!(A B C D E F G H I);
tuple_values!(A B C D E F G H I J);
tuple_values!(A B C D E F G H I J K);
tuple_values!(A B C D E F G H I J K L);
