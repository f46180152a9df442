#![doc = include_str!("../../README.md")]

extern crate self as mainspring;

/// Brings in what the build script generated: the modules `api` and `internal`, and `registry()`.
///
/// Stands once, in the crate root.
#[macro_export]
macro_rules! functions {
    () => {
        #[doc(hidden)]
        use $crate::__private as __mainspring;
        ::core::include!(::core::concat!(::core::env!("OUT_DIR"), "/mainspring.rs"));
    };
}

#[doc(hidden)]
pub mod __private;
mod app;
mod db;
mod env;
mod error;
mod function;
mod knobs;
mod schedule;
mod store;
mod value;

#[doc(inline)]
pub use mainspring_macros::action;
#[doc(inline)]
pub use mainspring_macros::index;
#[doc(inline)]
pub use mainspring_macros::internal_action;
#[doc(inline)]
pub use mainspring_macros::internal_mutation;
#[doc(inline)]
pub use mainspring_macros::internal_query;
#[doc(inline)]
pub use mainspring_macros::mutation;
#[doc(inline)]
pub use mainspring_macros::query;
#[doc(inline)]
pub use mainspring_macros::table;
#[doc(inline)]
pub use mainspring_macros::value;

pub use app::App;
pub use app::AppBuilder;
pub use app::Failure;
pub use app::Mode;
pub use db::Above;
pub use db::Below;
pub use db::Closed;
pub use db::Comparable;
pub use db::Cursor;
pub use db::DatabaseReader;
pub use db::DatabaseWriter;
pub use db::DocumentStream;
pub use db::Index;
pub use db::IndexRange;
pub use db::Open;
pub use db::Page;
pub use db::PaginationOptions;
pub use db::Query;
pub use db::Range;
pub use db::SystemReader;
pub use env::Env;
pub use env::Task;
pub use env::VirtualClock;
pub use error::CallError;
pub use error::DbError;
pub use error::Error;
pub use error::Result;
pub use error::ScheduleError;
pub use error::StartError;
pub use error::StoreError;
pub use function::ActionCtx;
pub use function::Auth;
pub use function::BlockingActionCtx;
pub use function::Call;
pub use function::Function;
pub use function::Identity;
pub use function::Kind;
pub use function::MutationCtx;
pub use function::Output;
pub use function::QueryCtx;
pub use function::Random;
pub use function::Registry;
pub use function::RequestId;
pub use function::Schedulable;
pub use function::ScheduledFunction;
pub use function::ScheduledState;
pub use function::Scheduler;
pub use function::Storage;
pub use function::StorageReader;
pub use function::StorageWriter;
pub use function::StoredFile;
pub use function::Visibility;
pub use knobs::Durability;
pub use knobs::Knobs;
pub use knobs::TransactionLimits;
pub use store::Order;
pub use store::StoreStats;
pub use value::Bytes;
pub use value::DecodeError;
pub use value::Doc;
pub use value::Document;
pub use value::EncodeError;
pub use value::Id;
pub use value::SystemTable;
pub use value::Table;
pub use value::Timestamp;
pub use value::Value;
