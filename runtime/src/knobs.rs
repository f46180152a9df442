//! Every limit and tunable of the system, with its default and its bounds.
//!
//! A knob is a plain field of [`Knobs`]: an application takes the defaults, assigns the fields that it
//! wants otherwise and hands the result to [`AppBuilder::knobs`](crate::AppBuilder::knobs). Going over a
//! limit is a named error.
//!
//! Invariant: numbers only; nothing here knows what they are used for. The one default that depends on the machine is asked
//! of `env`.

use std::time::Duration;

use crate::env;

/// The tunables of an application. `Knobs::default()` suits a small server.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Knobs {
    /// What one query or mutation may read, write and schedule.
    pub transaction: TransactionLimits,
    /// How long a query or mutation may run before it fails with `TransactionTimedOut`. Default 1 second, at least 1
    /// millisecond. It is noticed at an operation of the context or at the end; work that takes longer belongs in
    /// several transactions, or in an action. A scheduled mutation that took too long is tried again, five times in all
    /// unless its policy says otherwise: a machine that stands still loses no job.
    pub transaction_timeout: Duration,
    /// How long a mutation that lost a conflict may run the second time, while nobody else can commit. Default 1
    /// second, from 1 millisecond to `transaction_timeout`.
    pub commit_gate_timeout: Duration,
    /// How long such a second run may take before those who wait meanwhile go before the next one. Default 1
    /// millisecond. `Duration::MAX` is first come, first served, by which long runs can keep everybody else waiting.
    pub commit_gate_fair_after: Duration,
    /// How deep `run_query` and `run_mutation` may nest inside one transaction. Default 8, at least 1.
    pub nested_call_depth: usize,
    /// How long an action may run before it fails with `ActionTimedOut`. Default 10 minutes. One that is not `async` is told
    /// so and goes on: a thread cannot be ended. What limits the scheduled ones counts it, and none is tried again, until it
    /// returns.
    pub action_timeout: Duration,
    /// How long one HTTP request of `ctx.http` may take, connection included. Default 30 seconds; a
    /// request may set its own.
    pub http_timeout: Duration,
    /// How long `ctx.http` may take to connect. Default 10 seconds.
    pub http_connect_timeout: Duration,
    /// Idle connections that `ctx.http` keeps for each host. Default 32.
    pub http_idle_connections: usize,
    /// Scheduled mutations that run at the same time, if they take long. Default 64, at least 1. Short ones, which would only
    /// wait for one another at the commit, are run one after the other, and leave the other threads to everything else.
    pub scheduled_mutations: usize,
    /// Scheduled actions that run at the same time. Default 512, at least 1. A pool of their own, so that slow actions never
    /// hold up mutations. Those that are not `async` need a thread each, from Tokio's pool of threads that block, which has
    /// 512 by default (`max_blocking_threads` of its builder) and serves stored files and the names of hosts as well.
    pub scheduled_actions: usize,
    /// How much waiting one step of a queue's priority counts as. Default 10 seconds. Where backlogs of minutes are usual,
    /// either this or the difference of priorities has to be as large as they are to make itself felt.
    pub priority_step: Duration,
    /// How far from now a function may be scheduled, either way. Default five years.
    pub schedule_horizon: Duration,
    /// Pending jobs of each queue that are kept in memory, mutations and actions apart, whether they are due or not; the others
    /// stay in the store until their turn comes. Default 100,000, at least 1,000. Those that the limits of their functions
    /// hold back give way to others of the queue, so they keep nobody from starting; only when nearly as many keys as this are
    /// at their limits at once does a queue wait for them.
    pub pending_jobs_in_memory: usize,
    /// How many times the process may end while a scheduled function runs, before that is held to be the cause and fails:
    /// an action with a retry policy, or a mutation that is [suspected](Self::crashes_before_suspicion). Default 3, at least 1.
    pub scheduled_crash_limit: u32,
    /// How many processes in a row may end within a minute of their start, other than by [`App::shutdown`](crate::App::shutdown),
    /// before the scheduled mutations that waited before the start are suspected. For a minute those then run one at a time, and
    /// each is marked as in progress before, so that one that ends the process again and again is found. Until then mutations
    /// leave no mark, and are run again after each crash. Default 3, at least 1.
    pub crashes_before_suspicion: u32,
    /// What to do at the start about stored jobs, and crons that mutations registered, that this program cannot run, because
    /// their function is gone, has become a query, or takes other arguments. Default [`StaleJobs::Refuse`].
    pub stale_jobs: StaleJobs,
    /// How long the record of a finished scheduled function is kept. Default 7 days.
    pub scheduled_retention: Duration,
    /// How long the [idempotency key](crate::Call::idempotency_key) of a mutation, and what it returned, is remembered. Default 7
    /// days, as long as scheduled functions are: so an action that is tried again after a long outage finds what it has done.
    pub idempotency_retention: Duration,
    /// A cron's run that starts later than this after its time was missed, and its catch-up policy says what becomes of it.
    /// Default 1 minute.
    pub cron_lateness: Duration,
    /// How many of its latest runs are kept on record for each cron. Default 10, at least 1.
    pub cron_runs_kept: usize,
    /// How long shutdown waits for running functions before it cancels and then cuts them. Default 10
    /// seconds.
    pub drain_deadline: Duration,
    /// Where the application is reached from outside, without a final slash; the start of the URLs of stored
    /// files. Default `http://127.0.0.1:3210`.
    pub public_origin: String,
    /// Size of one file of the write-ahead log in bytes. Default 16 MiB, at least 64 KiB. Smaller ones
    /// start faster, larger ones switch files less often.
    pub log_segment_bytes: usize,
    /// Bytes of resident memory that the store takes: documents, index entries, old versions, the lists of what the next
    /// checkpoint writes, the store's own cache of its file, and what their tables and the allocator add. About three fifths
    /// of it hold data. Data may be larger: what was not used lately is read from the disk again. While memory is nearly
    /// full, commits go no faster than the checkpoint in progress; while it is full, they wait. Default a quarter of the
    /// memory that the machine, or the process's control group, has, or 1 GiB where that is unknown, but 256 MiB or more. At
    /// least 16 MiB. Up to 16 MiB come on top, for buffers. Beside it are the process itself, what functions hold, and the
    /// network; what long snapshots pin may go beyond it, and without a folder all data stays in memory, whatever this says.
    pub memory_budget: usize,
    /// Bytes of log after which a checkpoint is made, so that the log before it can go. Default 256 MiB, at least
    /// 64 KiB. A start reads at most about so much log. The files of the log are used again, so the folder keeps about so
    /// many bytes of them, also when nothing is written.
    pub checkpoint_log_bytes: usize,
    /// Time after which a checkpoint is made, if anything was committed. Default 1 minute.
    pub checkpoint_interval: Duration,
    /// How long what a running query or mutation reads may be out of date before its next read fails with
    /// `StoreSnapshotTooOld`, and what was kept for it is freed. Default 10 minutes, at least 1 second. Backups, exports
    /// and checks may last longer.
    pub snapshot_age: Duration,
    /// What an acknowledged commit has survived. Default [`Durability::Fsync`].
    pub durability: Durability,
}

/// What to do about stored jobs that a program cannot run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StaleJobs {
    /// Do not start, and list them.
    #[default]
    Refuse,
    /// Let them wait, with the reason in their records, until a program is started that can run them;
    /// [`App::backlog`](crate::App::backlog) tells of them. Actions that ran when the process ended are in progress for so
    /// long: whether they are tried again is for their function to say. Of registered crons the runs fail until then.
    ///
    /// A parked job has not ended, and its key stays taken: cancel it, or replace it by its key, if that is not to be. A
    /// cron whose run it is goes on all the same. When a program can run it again, and the cron has started another run
    /// since, it is canceled and counted in [`CronStatus::skipped`](crate::CronStatus::skipped), unless its runs may
    /// [overlap](crate::Overlap::Allow); an action that ran when the process ended has failed then, and is not tried again.
    Park,
}

/// What "acknowledged" promises about a commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Durability {
    /// The commit is on the disk: it survives a crash of the process, the system or the power.
    #[default]
    Fsync,
    /// The commit is with the operating system: it survives a crash of the process only.
    Process,
}

/// Limits of one query or mutation, its nested calls included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TransactionLimits {
    /// Documents read by `get` or met by a scan. Default 32,000.
    pub documents_read: usize,
    /// Bytes of those documents as stored. Default 16 MiB.
    pub bytes_read: usize,
    /// Index ranges scanned. Default 4,096.
    pub index_ranges: usize,
    /// Documents inserted, changed or deleted. Default 16,000.
    pub documents_written: usize,
    /// Bytes of those documents. Default 16 MiB.
    pub bytes_written: usize,
    /// Functions scheduled. Default 1,000.
    pub functions_scheduled: usize,
    /// Bytes of the arguments of those functions. Default 16 MiB.
    pub scheduled_argument_bytes: usize,
}

impl TransactionLimits {
    /// No limits, for the framework's own reading.
    pub(crate) const UNLIMITED: Self = Self {
        documents_read: usize::MAX,
        bytes_read: usize::MAX,
        index_ranges: usize::MAX,
        documents_written: usize::MAX,
        bytes_written: usize::MAX,
        functions_scheduled: usize::MAX,
        scheduled_argument_bytes: usize::MAX,
    };
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            transaction: TransactionLimits::default(),
            transaction_timeout: Duration::from_secs(1),
            commit_gate_timeout: Duration::from_secs(1),
            commit_gate_fair_after: Duration::from_millis(1),
            nested_call_depth: 8,
            action_timeout: Duration::from_mins(10),
            http_timeout: Duration::from_secs(30),
            http_connect_timeout: Duration::from_secs(10),
            http_idle_connections: 32,
            scheduled_mutations: 64,
            scheduled_actions: 512,
            priority_step: Duration::from_secs(10),
            schedule_horizon: Duration::from_hours(5 * 366 * 24),
            pending_jobs_in_memory: 100_000,
            scheduled_crash_limit: 3,
            crashes_before_suspicion: 3,
            stale_jobs: StaleJobs::Refuse,
            scheduled_retention: Duration::from_hours(7 * 24),
            idempotency_retention: Duration::from_hours(7 * 24),
            cron_lateness: Duration::from_mins(1),
            cron_runs_kept: 10,
            drain_deadline: Duration::from_secs(10),
            public_origin: "http://127.0.0.1:3210".to_owned(),
            log_segment_bytes: 16 << 20,
            memory_budget: memory_budget(env::available_bytes()),
            checkpoint_log_bytes: 256 << 20,
            checkpoint_interval: Duration::from_mins(1),
            snapshot_age: Duration::from_mins(10),
            durability: Durability::Fsync,
        }
    }
}

/// What the store takes by default of so many bytes.
fn memory_budget(available: Option<u64>) -> usize {
    const LEAST: usize = 256 << 20;
    const UNKNOWN: u64 = 4 << 30;
    usize::try_from(available.unwrap_or(UNKNOWN) / 4).unwrap_or(usize::MAX).max(LEAST)
}

impl Default for TransactionLimits {
    fn default() -> Self {
        Self {
            documents_read: 32_000,
            bytes_read: 16 << 20,
            index_ranges: 4_096,
            documents_written: 16_000,
            bytes_written: 16 << 20,
            functions_scheduled: 1_000,
            scheduled_argument_bytes: 16 << 20,
        }
    }
}
