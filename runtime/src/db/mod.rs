//! Documents, tables and indexes; transactions over them; the typed query builder.
//!
//! A function sees this layer as `ctx.db`. Behind it stands one [`Transaction`], which reads a snapshot of
//! the store, remembers what it read and holds back what it writes until the commit.
//!
//! Invariant: knows the store and the types of documents. Never knows functions, schedules or the network.

mod catalog;
mod commute;
mod definition;
mod document;
mod handle;
mod index;
mod known;
mod operation;
mod overlay;
mod own_wait;
mod page;
mod query;
mod scan;
mod schema;
mod steps;
mod stored;
#[cfg(test)]
mod tests;
mod time_limit;
mod transaction;
mod usage;

pub use handle::DatabaseReader;
pub use handle::DatabaseWriter;
pub use handle::SystemReader;
pub use index::Comparable;
pub use index::Index;
pub use index::IndexRange;
pub use index::Range;
pub use operation::Change;
pub use operation::LateChange;
pub use operation::Operation;
pub use page::Cursor;
pub use page::Page;
pub use page::PaginationOptions;
pub use query::DocumentStream;
pub use query::Query;
pub use steps::Above;
pub use steps::Below;
pub use steps::Closed;
pub use steps::Open;
#[doc(hidden)]
pub use steps::{AfterBound, BeyondLast, SecondLower, SecondUpper};
#[doc(hidden)]
pub use steps::{EqBeforeBounds, Misplaced, MoreFields, OneLowerBound, OneUpperBound};
pub use steps::{TakesEq, TakesLower, TakesUpper};

pub(crate) use catalog::{Catalog, TableInfo};
pub(crate) use definition::TableDefinition;
pub(crate) use document::{Imported, encode as encode_document, to_json as document_json};
pub(crate) use document::{creation_key, creation_time, decode as decode_document};
pub(crate) use known::Known;
pub(crate) use own_wait::OwnWait;
pub(crate) use schema::CATALOG;
pub(crate) use schema::open as open_schema;
pub(crate) use schema::stored_tables;
pub(crate) use stored::{Documents, StoredTable};
pub(crate) use time_limit::TimeLimit;
pub(crate) use transaction::CommitFailure;
pub(crate) use transaction::Setup;
pub(crate) use transaction::Transaction;
