#![doc = include_str!("../README.md")]

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
#[cfg_attr(
    not(test),
    expect(dead_code, unused_imports, reason = "shared with the macros, which use other parts of it")
)]
mod dialect;
mod env;
mod error;
mod function;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzz;
pub mod kind;
mod knobs;
mod recurrence;
mod schedule;
#[cfg(test)]
mod simulation;
mod store;
pub mod testing;
mod value;

#[doc = include_str!("../docs/action.md")]
#[doc = include_str!("../docs/scheduled.md")]
#[doc = include_str!("../docs/function.md")]
pub use mainspring_macros::action;
#[doc = include_str!("../docs/crons.md")]
pub use mainspring_macros::crons;
/// Declares an index; stands below [`#[table]`](crate::table).
pub use mainspring_macros::index;
#[doc = include_str!("../docs/action.md")]
#[doc = include_str!("../docs/scheduled.md")]
#[doc = include_str!("../docs/internal.md")]
#[doc = include_str!("../docs/function.md")]
pub use mainspring_macros::internal_action;
#[doc = include_str!("../docs/mutation.md")]
#[doc = include_str!("../docs/determinism.md")]
#[doc = include_str!("../docs/scheduled.md")]
#[doc = include_str!("../docs/internal.md")]
#[doc = include_str!("../docs/function.md")]
pub use mainspring_macros::internal_mutation;
#[doc = include_str!("../docs/query.md")]
#[doc = include_str!("../docs/determinism.md")]
#[doc = include_str!("../docs/internal.md")]
#[doc = include_str!("../docs/function.md")]
pub use mainspring_macros::internal_query;
#[doc = include_str!("../docs/mutation.md")]
#[doc = include_str!("../docs/determinism.md")]
#[doc = include_str!("../docs/scheduled.md")]
#[doc = include_str!("../docs/function.md")]
pub use mainspring_macros::mutation;
#[doc = include_str!("../docs/query.md")]
#[doc = include_str!("../docs/determinism.md")]
#[doc = include_str!("../docs/function.md")]
pub use mainspring_macros::query;
#[doc = include_str!("../docs/table.md")]
pub use mainspring_macros::table;
#[doc = include_str!("../docs/value.md")]
pub use mainspring_macros::value;

pub use crate::dialect::Weekday;
pub use app::App;
pub use app::AppBuilder;
pub use app::BackupSummary;
pub use app::CheckReport;
pub use app::Command;
pub use app::Failure;
pub use app::ImportMode;
pub use app::ImportOptions;
pub use app::Mode;
pub use app::Problem;
pub use app::TransferSummary;
pub use app::restore;
pub use app::restore_from;
pub use db::Above;
pub use db::Below;
pub use db::Change;
pub use db::Closed;
pub use db::Comparable;
pub use db::Cursor;
pub use db::DatabaseReader;
pub use db::DatabaseWriter;
pub use db::DocumentStream;
pub use db::Index;
pub use db::IndexRange;
pub use db::LateChange;
pub use db::Open;
pub use db::Operation;
pub use db::Page;
pub use db::PaginationOptions;
pub use db::Query;
pub use db::Range;
pub use db::SystemReader;
pub use db::TakesEq;
pub use db::TakesLower;
pub use db::TakesUpper;
pub use env::Env;
pub use env::Task;
pub use env::VirtualClock;
pub use error::AppData;
pub use error::BackupError;
pub use error::CallError;
pub use error::CronError;
pub use error::DbError;
pub use error::Error;
pub use error::HttpError;
pub use error::Result;
pub use error::ScheduleError;
pub use error::StartError;
pub use error::StoreError;
pub use error::TransferError;
pub use function::ActionCtx;
pub use function::Auth;
pub use function::BlockingActionCtx;
pub use function::Call;
pub use function::Contention;
pub use function::Cron;
pub use function::CronEntry;
pub use function::CronReader;
pub use function::CronRun;
pub use function::CronSchedule;
pub use function::CronSlot;
pub use function::CronSource;
pub use function::CronStatus;
pub use function::CronWriter;
pub use function::Crons;
pub use function::FailedJob;
pub use function::Function;
pub use function::HotSpot;
pub use function::HttpClient;
pub use function::HttpRequest;
pub use function::HttpResponse;
pub use function::IdempotencyKey;
pub use function::Identity;
pub use function::KeyedScheduling;
pub use function::MutationCtx;
pub use function::Output;
pub use function::Pause;
pub use function::PauseTarget;
pub use function::QueryCtx;
pub use function::Queue;
pub use function::Random;
pub use function::Rate;
pub use function::Receipt;
pub use function::Registry;
pub use function::RequestId;
pub use function::Retry;
pub use function::Run;
pub use function::Scheduled;
pub use function::ScheduledFunction;
pub use function::ScheduledState;
pub use function::Scheduler;
pub use function::Scheduling;
pub use function::Storage;
pub use function::StorageReader;
pub use function::StorageWriter;
pub use function::StoredFile;
pub use function::TimeOfDay;
pub use function::at;
pub use knobs::Durability;
pub use knobs::Knobs;
pub use knobs::StaleJobs;
pub use knobs::TransactionLimits;
pub use recurrence::CatchUp;
pub use recurrence::Overlap;
pub use schedule::Backlog;
pub use schedule::Parked;
pub use schedule::ParkedFunction;
pub use schedule::QueueBacklog;
pub use schedule::RunningFunction;
pub use schedule::WaitingFunction;
pub use schedule::WaitsFor;
pub use store::Order;
pub use store::StoreStats;
pub use value::Bytes;
pub use value::DecodeError;
pub use value::DecodeErrorKind;
pub use value::Doc;
pub use value::Document;
pub use value::DocumentId;
pub use value::EncodeError;
pub use value::EncodeErrorKind;
pub use value::Id;
pub use value::IdError;
pub use value::IndexSpec;
pub use value::KeyWriter;
pub use value::Limits;
pub use value::SystemTable;
pub use value::Table;
pub use value::TableNumber;
pub use value::TableNumbers;
pub use value::Timestamp;
pub use value::Value;

// Named in messages, by the shortest way there is; nobody else names them.
#[doc(hidden)]
pub use db::{
    AfterBound, BeyondLast, EqBeforeBounds, Misplaced, MoreFields, OneLowerBound, OneUpperBound, SecondLower,
    SecondUpper,
};
#[doc(hidden)]
pub use function::{Policy, ReturnError, ReturnValue};
#[doc(hidden)]
pub use function::{
    arguments0, arguments1, arguments2, arguments3, arguments4, arguments5, arguments6, arguments7,
    arguments8, arguments9, arguments10, arguments11, arguments12, returns, returns_result,
};
pub use value::json;
#[doc(hidden)]
pub use value::{FieldOf, field};

/// The HTTP client's library, for the types behind `ctx.http`.
pub use reqwest;
