//! Starts the runs of crons when they are due.
//!
//! The records say when each cron is due, so nothing of them is kept in memory but the next alarm. One transaction starts
//! a cron's run and enters that its slot is done: a crash before it leaves the slot due, one after it leaves the run
//! scheduled, and of two nodes that try it one loses the conflict and finds it done.
//!
//! Invariant: what happens to a slot is `recurrence::step`'s to decide; this only looks, asks and writes.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::db::{Index, Query, Transaction};
use crate::env::PausePoint;
use crate::error::{DbError, Result};
use crate::function::{
    CLOCK_WAS_WRONG, Cron, CronRun, Engine, LONGEST_SPLAY, MutationCtx, Origin, by_cron, start_run,
};
use crate::recurrence::{Skipped, Slot, Step, step};
use crate::schedule::recovery::reading;
use crate::value::{Id, Timestamp};

/// Due crons that are read at once.
const BATCH: usize = 100;
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(1);

/// When crons are to be looked at.
pub(super) struct Alarm {
    state: Mutex<State>,
    /// The latest time at which they were looked at.
    latest: Mutex<Timestamp>,
    wake: Notify,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Crons are being looked at.
    Looking,
    /// As [`Looking`](Self::Looking), and one has changed since that began.
    Changed,
    /// None is due before this instant.
    Until(Option<Timestamp>),
}

impl Alarm {
    /// One for crons whose records are about to be brought in step with the code, at `now`.
    pub(super) fn new(now: Timestamp) -> Self {
        Self { state: Mutex::new(State::Changed), latest: Mutex::new(now), wake: Notify::new() }
    }

    /// Has the crons looked at again.
    pub(super) fn ring(&self) {
        *self.state.lock() = State::Changed;
        self.wake.notify_one();
    }

    /// Whether all crons have been looked at and none is due.
    pub(super) fn is_quiet(&self, now: Timestamp) -> bool {
        match *self.state.lock() {
            State::Looking | State::Changed => false,
            State::Until(next) => next.is_none_or(|next| next > now),
        }
    }

    /// Starts every run that is due. Returns when there is none, with the instant of the next one.
    pub(super) async fn start_due_runs(&self, engine: &Arc<Engine>) -> Option<Timestamp> {
        loop {
            *self.state.lock() = State::Looking;
            match self.look(engine).await {
                Ok(next) => {
                    let mut state = self.state.lock();
                    // What has changed since may be due earlier.
                    if *state == State::Looking {
                        *state = State::Until(next);
                        return next;
                    }
                }
                Err(()) => engine.env.sleep(PAUSE_AFTER_FAILURE).await,
            }
        }
    }

    async fn look(&self, engine: &Arc<Engine>) -> Result<Option<Timestamp>, ()> {
        let now = engine.env.now();
        let was_wrong = *self.latest.lock() > now + CLOCK_WAS_WRONG;
        if was_wrong {
            correct(engine).await.map_err(|error| {
                tracing::error!(%error, "crons could not be put right: trying again in a second");
            })?;
        }
        self.saw(now, was_wrong);
        start_due_runs(engine).await
    }

    /// Notes the present time, which is the latest one unless the clock `was_wrong` before.
    fn saw(&self, now: Timestamp, was_wrong: bool) {
        let mut latest = self.latest.lock();
        *latest = if was_wrong { now } else { now.max(*latest) };
    }

    /// Returns when crons have changed.
    pub(super) async fn rung(&self) {
        self.wake.notified().await;
    }
}

/// Has all crons go on from the present, after a clock that was ahead.
async fn correct(engine: &Arc<Engine>) -> Result<()> {
    let crons = Query::<Cron>::new(&reading(engine)).collect().await?;
    let origin = Origin::of_the_framework(engine);
    for cron in crons {
        let id = cron.id;
        engine
            .mutate_undurable(&origin, "crons:correct", &move |ctx, _| {
                Box::pin(async move {
                    let now = ctx.now();
                    Ok(ctx.transaction().patch(id, |cron: &mut Cron| cron.look_again(now)).await?)
                })
            })
            .await?;
    }
    Ok(())
}

/// Starts what is due. Returns when the next cron is due.
async fn start_due_runs(engine: &Arc<Engine>) -> Result<Option<Timestamp>, ()> {
    loop {
        let now = engine.env.now();
        let waiting = earliest(engine).await.map_err(|error| {
            tracing::error!(%error, "crons could not be read: trying again in a second");
        })?;
        let next = waiting.first().map(|(due, _)| *due);
        if next.is_none_or(|next| next > now) {
            return Ok(next);
        }
        let mut failed = false;
        for (_, cron) in waiting.into_iter().filter(|(due, _)| *due <= now) {
            failed |= start_run_of(engine, cron).await.is_err();
        }
        if failed {
            return Err(());
        }
    }
}

/// The crons that are due first.
async fn earliest(engine: &Arc<Engine>) -> Result<Vec<(Timestamp, Id<Cron>)>, DbError> {
    let transaction = reading(engine);
    let by_due = Index::<Cron, (Option<Timestamp>, ())>::new(Cron::BY_DUE).gt(None);
    let crons = Query::<Cron>::new(&transaction).with_index(by_due).take(BATCH).await?;
    Ok(crons.iter().filter_map(|cron| Some((cron.due()?, cron.id))).collect())
}

async fn start_run_of(engine: &Arc<Engine>, id: Id<Cron>) -> Result<(), ()> {
    let origin = Origin::of_the_framework(engine);
    match engine.mutate_undurable(&origin, "crons:start", &move |ctx, _| Box::pin(tick(ctx, id))).await {
        Ok((Some((name, step)), _)) => {
            engine.env.pass(PausePoint::CronSlotCommitted);
            for slot in &step.start {
                tracing::debug!(cron = name, slot = %slot.nominal, "a cron's run was started");
            }
            if let Some(Skipped { latest, count }) = step.skipped {
                tracing::info!(cron = name, slot = %latest.nominal, count, "skipped: the cron's former run had not ended");
            }
            if let Some(slot) = step.missed {
                tracing::info!(cron = name, slot = %slot.nominal, "missed: the cron does not run for this time, nor for those that it missed before");
            }
            Ok(())
        }
        Ok((None, _)) => Ok(()),
        Err(error) => {
            tracing::error!(cron = %id, %error, "a cron's run could not be started: trying again in a second");
            Err(())
        }
    }
}

/// Starts the runs of a cron that is due, and enters that their slots are done.
async fn tick(ctx: &MutationCtx, id: Id<Cron>) -> Result<Option<(String, Step)>> {
    let (transaction, engine, now) = (ctx.transaction(), &ctx.scope().engine, ctx.now());
    let Some(cron) = transaction.get(id).await? else { return Ok(None) };
    if cron.due().is_none_or(|due| due > now) {
        return Ok(None);
    }
    let Some(recurrence) = cron.recurrence() else {
        cron.tell_why_it_rests();
        transaction.patch(id, |cron: &mut Cron| cron.advance(cron.progress(), None)).await?;
        return Ok(None);
    };
    let former = match cron.last_job {
        Some(job) => transaction.get(job).await?,
        None => None,
    };
    // What is parked has not ended and may never do: it does not hold up the others.
    let is_running = former.is_some_and(|job| !job.is_finished() && !job.is_parked());
    let rules = cron.rules(engine.knobs.cron_lateness);
    let step = step(&recurrence, &rules, cron.progress(), now, is_running);
    let mut latest = None;
    for slot in &step.start {
        if cron.may_have_run(slot.at) && has_run(transaction, id, slot).await? {
            continue;
        }
        let (name, time) = (slot.nominal.to_string(), slot.at + cron.delay());
        let job = start_run(transaction, ctx.scope(), &cron, name.clone(), time).await?;
        engine.env.pass(PausePoint::CronRunWritten);
        latest = Some((name, job));
    }
    transaction
        .patch(id, |cron: &mut Cron| {
            // No run comes to an end that leads on when all have been already.
            let due =
                if latest.is_none() && !step.start.is_empty() { step.due.or(Some(now)) } else { step.due };
            cron.advance(step.progress, due);
            cron.skipped += step.skipped.map_or(0, |skipped| skipped.count);
            if let Some((slot, job)) = latest {
                cron.last_slot = Some(slot);
                cron.last_job = Some(job);
            }
        })
        .await?;
    if !step.start.is_empty() {
        forget_old_runs(ctx, id).await?;
    }
    engine.env.pass(PausePoint::CronSlotWritten);
    Ok(Some((cron.value.name, step)))
}

/// Whether there is a record of the run of a slot, under whatever splay the cron had then.
async fn has_run(transaction: &Transaction, cron: Id<Cron>, slot: &Slot) -> Result<bool> {
    let splayed = by_cron().eq(cron).gte(slot.at).lte(slot.at + LONGEST_SPLAY);
    let name = slot.nominal.to_string();
    let runs = Query::<CronRun>::new(transaction).with_index(splayed).filter(move |run| run.slot == name);
    Ok(runs.first().await?.is_some())
}

async fn forget_old_runs(ctx: &MutationCtx, cron: Id<Cron>) -> Result<()> {
    // What ran ahead on a clock that was wrong is not old: it says which slots have had their runs.
    let until_now = by_cron().eq(cron).lte(ctx.now());
    let runs = Query::<CronRun>::new(ctx.transaction()).with_index(until_now).collect().await?;
    let kept = ctx.scope().engine.knobs.cron_runs_kept;
    for run in &runs[..runs.len().saturating_sub(kept)] {
        ctx.transaction().delete(run.id).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
