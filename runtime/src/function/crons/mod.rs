//! Crons: how they are declared, what is kept of them, and `ctx.crons`.
//!
//! Crons of the code are declared by `#[crons]` functions, others are registered by mutations. Both are records of the
//! table `_crons`, so they commit with the transaction that makes, changes or runs them.
//!
//! Invariant: writes records and tells the job queue after the commit; when a cron runs is decided by `recurrence`, and
//! who looks is the scheduler's business.

mod definition;
mod handle;
mod record;
mod run;
mod schedule;
mod status;

pub use definition::CronEntry;
pub use definition::Crons;
pub use handle::CronReader;
pub use handle::CronWriter;
pub use record::Cron;
pub use record::CronRun;
pub use record::CronSource;
pub use run::CronSlot;
pub use schedule::CronSchedule;
pub use schedule::TimeOfDay;
pub use schedule::at;
pub use status::CronStatus;

pub(crate) use definition::CronDefinition;
pub(crate) use definition::check as check_definitions;
pub(crate) use record::CLOCK_WAS_WRONG;
pub(crate) use run::{by_cron, change_job, delete_with_runs, job_has_changed, start_run, superseding_cron};
pub(crate) use schedule::LONGEST_SPLAY;
pub(crate) use status::next_in_words;
