//! Finds the scheduled mutation that makes the process crash at each start.
//!
//! A mutation leaves no mark before it runs, since that would cost a commit of its own, so a start cannot tell which one ran
//! when the process ended. Only when `Knobs::crashes_before_suspicion` processes in a row have ended early, those that waited
//! before the start run one at a time, and each is marked first. So the culprit is told from the others by its mark, and after
//! `Knobs::scheduled_crash_limit` crashes of its own it fails.
//!
//! Invariant: costs one small commit at a start and one a minute later. Blames nobody for a crash that did not happen while
//! it ran, and no other scheduled mutation. Calls, queries and actions run beside it: a crash of theirs may be laid to its
//! charge, and one crash decides nothing. Scheduled mutations that are new take turns with the suspected ones. An end in
//! order, and a start that is refused, count as no crash.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::error::{DbError, Error};
use crate::function::{EarlyEnds, Engine, Origin};
use crate::schedule::recovery::reading;
use crate::value::Timestamp;

/// An end is early that comes before this.
pub(super) const EARLY: Duration = Duration::from_mins(1);

/// Whether some mutation that waited before the start is suspected.
pub(super) struct Suspicion {
    start: Timestamp,
    held: bool,
    holds: AtomicBool,
}

impl Suspicion {
    /// Looks how the processes before this one have ended.
    pub(super) async fn of_former_ends(engine: &Arc<Engine>) -> Result<Self, DbError> {
        let holds = EarlyEnds::so_far(&reading(engine)).await? >= engine.knobs.crashes_before_suspicion;
        if holds {
            tracing::warn!(
                "the process has ended early again and again: scheduled mutations run one at a time until it is found which one does it"
            );
        }
        Ok(Self { start: engine.env.now(), held: holds, holds: AtomicBool::new(holds) })
    }

    /// Counts this process, which nothing refuses any more.
    pub(super) async fn begin(engine: &Arc<Engine>) {
        let origin = Origin::of_the_framework(engine);
        let counted: Result<(), Error> = engine
            .mutate(&origin, "scheduler:begin", &|ctx, _| {
                Box::pin(async move { Ok(EarlyEnds::begin(ctx.transaction()).await?) })
            })
            .await;
        if let Err(error) = counted {
            tracing::error!(%error, "it could not be recorded that the process has started");
        }
    }

    pub(super) fn holds(&self) -> bool {
        self.holds.load(Ordering::Relaxed)
    }

    /// Up to when those were scheduled that are suspected, if any are.
    pub(super) fn suspects(&self) -> Option<Timestamp> {
        self.holds().then_some(self.start)
    }

    /// Whether mutations may be marked.
    pub(super) fn has_held(&self) -> bool {
        self.held
    }

    /// The process goes on, or ends in order: nobody is suspected any more.
    pub(super) async fn end(&self, engine: &Arc<Engine>) {
        self.holds.store(false, Ordering::Relaxed);
        let origin = Origin::of_the_framework(engine);
        let forgotten = engine
            .mutate_undurable(&origin, "scheduler:begin", &|ctx, _| {
                Box::pin(async move { Ok(EarlyEnds::forget(ctx.transaction()).await?) })
            })
            .await;
        if let Err(error) = forgotten {
            tracing::error!(%error, "it could not be recorded that the process goes on");
        }
    }
}
