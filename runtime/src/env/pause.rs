//! Named points at which a test can stop a process, to kill it there: every step in the life of a scheduled function.
//!
//! Invariant: nothing but a test's hook ever acts at a point. Where nobody has set one, passing a point is one branch on a
//! null pointer, and no variable, file or call from outside can set one.

use std::fmt;
use std::sync::Arc;

macro_rules! points {
    ($($(#[$doc:meta])* $point:ident,)*) => {
        /// A step after which, or before which, a process may be killed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum PausePoint {
            $($(#[$doc])* $point,)*
        }

        impl PausePoint {
            /// All of them, in the order of a job's life.
            pub const ALL: &'static [Self] = &[$(Self::$point),*];

            /// The point's name.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$point => stringify!($point),)*
                }
            }
        }
    };
}

points! {
    /// A transaction has written the record of a job, and has not committed.
    ScheduleWritten,
    /// The record of a pending job says what a later order says, and none of that has committed.
    ReplaceWritten,
    /// It has committed, and the scheduler does not know of the job yet.
    ScheduleCommitted,
    /// The scheduler knows of the job, whose record may not be durable yet.
    ScheduleTold,
    /// The sync thread has taken records, which are in no file yet.
    LogTaken,
    /// They are on the disk, and nobody has been told.
    LogSynced,
    /// A worker has taken a due mutation from the timers.
    MutationDue,
    /// Its function has run in its transaction; its record is as it was.
    MutationRan,
    /// Its end is written too, in the same transaction.
    MutationEnded,
    /// That transaction has committed, and may not be durable yet.
    MutationCommitted,
    /// A worker has taken a due action from the timers.
    ActionDue,
    /// What a start has taken from the buckets of rates is written, and has not committed.
    SpentWritten,
    /// Its claim is written, and has not committed.
    ClaimWritten,
    /// The claim has committed, and may not be durable yet.
    ClaimCommitted,
    /// The claim is durable; the action has not started.
    ClaimDurable,
    /// The action has returned, and nothing of that is written.
    ActionReturned,
    /// Its success is written, and has not committed.
    SuccessWritten,
    /// A failed attempt is written, and with it when the next one is due.
    RetryWritten,
    /// The handler of a last failure is scheduled; the failure itself is not written.
    HandlerWritten,
    /// A last failure is written, and has not committed.
    FailureWritten,
    /// The end of an attempt, success or failure, has committed, and may not be durable yet.
    EndCommitted,
    /// A cancel is written, and has not committed.
    CancelWritten,
    /// It has committed, and a running action has not been asked to stop.
    CancelCommitted,
    /// What a call under an idempotency key returned is written beside its effects; neither has committed.
    ResultWritten,
    /// A pause, or its end, is written, and has not committed.
    PauseWritten,
    /// It has committed, and the scheduler does not know of it yet.
    PauseCommitted,
    /// A transaction has scheduled the run of a cron, whose slot is not entered as done.
    CronRunWritten,
    /// The slot is entered too; neither has committed.
    CronSlotWritten,
    /// Both have committed, and may not be durable yet.
    CronSlotCommitted,
    /// A start has looked for jobs that the program cannot run.
    StaleLookedFor,
    /// A start has parked a job, or let one go on, in a transaction that has not committed.
    ParkWritten,
    /// That has committed, and may not be durable yet.
    ParkCommitted,
    /// A start has written what its functions take, and that has not committed.
    SignaturesWritten,
    /// A start has found an action that was running when the process ended.
    InterruptedFound,
    /// A start has ended all of those.
    InterruptedEnded,
    /// Old records are removed in a transaction that has not committed.
    SweepWritten,
    /// It has committed, and may not be durable yet.
    SweepCommitted,
    /// A checkpoint is in the base's transaction, which has not committed.
    CheckpointWritten,
    /// The base has committed it; the log before it is still there.
    CheckpointMade,
}

/// What a test has asked to happen at the points. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct Pauses(Option<Arc<dyn Fn(PausePoint) + Send + Sync>>);

impl Pauses {
    pub(super) fn at(hook: impl Fn(PausePoint) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(hook)))
    }

    /// Says that `point` is passed now.
    #[inline]
    pub(crate) fn pass(&self, point: PausePoint) {
        if let Some(hook) = &self.0 {
            hook(point);
        }
    }
}

impl fmt::Debug for Pauses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Pauses" } else { "no pauses" })
    }
}
