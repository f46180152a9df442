//! Functions: what they are, what they work with, and how one is run.
//!
//! The macros describe each annotated function by an impl of [`Function`]. The engine runs it: decode the
//! arguments, give it a context, poll it under guard, commit, encode the result.
//!
//! Invariant: knows the database and nothing of the network; jobs only as records and through `JobQueue`.

mod action;
mod argument;
mod auth;
mod call;
mod cancel;
mod codec;
mod contention;
mod context;
mod crons;
mod definition;
mod early_ends;
mod ended;
mod engine;
mod failed_job;
mod faults;
mod guard;
mod handler;
mod http;
mod idempotency;
mod job;
mod kind;
mod method;
mod path;
mod policy;
mod queue;
mod random;
mod receipt;
mod registry;
mod rerun;
mod retry;
mod scheduler;
mod scheduling;
mod scope;
mod signatures;
mod spent;
mod storage;
mod unique;

pub use action::ActionCtx;
pub use action::BlockingActionCtx;
pub use auth::Auth;
pub use auth::Identity;
pub use call::Call;
pub use call::Run;
pub use contention::Contention;
pub use contention::HotSpot;
pub use context::MutationCtx;
pub use context::QueryCtx;
pub use crons::Cron;
pub use crons::CronEntry;
pub use crons::CronReader;
pub use crons::CronRun;
pub use crons::CronSchedule;
pub use crons::CronSlot;
pub use crons::CronSource;
pub use crons::CronStatus;
pub use crons::CronWriter;
pub use crons::Crons;
pub use crons::TimeOfDay;
pub use crons::at;
pub use definition::Function;
pub use definition::Output;
pub use failed_job::FailedJob;
pub use http::HttpClient;
pub use http::HttpRequest;
pub use http::HttpResponse;
pub use idempotency::CallKey;
pub use idempotency::IdempotencyKey;
pub use idempotency::NoKey;
pub use job::ScheduledFunction;
pub use job::ScheduledState;
pub use kind::Kind;
pub use kind::Visibility;
pub use kind::{Action, Internal, Mutation, Public, Query};
pub use method::{NotAction, NotMutation, NotQuery, RunsOnce, Schedulable, StaysInside, WritesNothing};
pub use queue::Pause;
pub use queue::PauseTarget;
pub use queue::Queue;
pub use queue::Rate;
pub use random::Random;
pub use receipt::Receipt;
pub use registry::Registry;
pub use retry::Retry;
pub use scheduler::Scheduler;
pub use scheduling::KeyedScheduling;
pub use scheduling::Scheduling;
pub use scope::RequestId;
pub use storage::Storage;
pub use storage::StorageReader;
pub use storage::StorageWriter;
pub use storage::StoredFile;
pub use unique::Scheduled;

#[doc(hidden)]
pub use action::run_blocking;
#[doc(hidden)]
pub use call::CallOf;
#[doc(hidden)]
pub use codec::{
    ArgumentCodec, ReturnCodec, arguments0, arguments1, arguments2, arguments3, arguments4, arguments5,
    arguments6, arguments7, arguments8, arguments9, arguments10, arguments11, arguments12, returns,
    returns_result,
};
#[doc(hidden)]
pub use codec::{ReturnError, ReturnValue};
#[doc(hidden)]
pub use definition::{Definition, Handle, Named};
#[doc(hidden)]
pub use handler::{Handler, Request, Tables};
#[doc(hidden)]
pub use kind::KindTag;
#[doc(hidden)]
pub use path::{path_bytes, path_length, path_text};
#[doc(hidden)]
pub use policy::{Calls, FailureHandler, Policy};

pub(crate) use action::ActionScope;
pub(crate) use cancel::Cancellation;
pub(crate) use crons::{
    CLOCK_WAS_WRONG, CronDefinition, LONGEST_SPLAY, by_cron, change_job, delete_with_runs, job_has_changed,
    next_in_words, start_run, superseding_cron,
};
pub(crate) use early_ends::EarlyEnds;
pub(crate) use engine::{Body, Engine};
pub(crate) use guard::unless_it_panics;
pub(crate) use handler::Encoded;
pub(crate) use http::SharedClient;
pub(crate) use idempotency::IdempotentCall;
pub(crate) use job::{Failure, Next, RetryRule};
pub(crate) use registry::{Asker, Entry};
pub(crate) use retry::is_permanent;
pub(crate) use scheduler::{Former, FormerPlace, JobQueue, NewJob, insert_record};
pub(crate) use scope::{JobRun, Origin};
pub(crate) use signatures::Signatures;
pub(crate) use spent::{Spent, SpentBucket};
pub(crate) use storage::{FileStore, UploadTicket};
pub(crate) use unique::{ScheduledKey, release_key};
