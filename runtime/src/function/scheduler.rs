//! `ctx.scheduler`: running functions later, and not running them after all.
//!
//! In a mutation, scheduling and canceling are writes of its transaction. In an action each call is a
//! transaction of its own.
//!
//! Invariant: writes records and tells the job queue after the commit; runs nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};

use crate::db::{Query, Transaction};
use crate::env::PausePoint;
use crate::error::{Error, ScheduleError};
use crate::function::action::ActionScope;
use crate::function::call::{Call, Run};
use crate::function::context::MutationCtx;
use crate::function::crons::job_has_changed;
use crate::function::definition::Function;
use crate::function::engine::{Body, Engine};
use crate::function::handler;
use crate::function::idempotency::NoKey;
use crate::function::job::{ScheduledFunction, ScheduledState};
use crate::function::kind::{Kind as _, KindTag};
use crate::function::method::Schedulable;
use crate::function::policy::Calls;
use crate::function::queue::{Pause, PauseTarget, Queue};
use crate::function::registry::Asker;
use crate::function::rerun;
use crate::function::scheduling::{Order, Scheduling};
use crate::function::scope::Scope;
use crate::function::unique::{self, Holder, Scheduled, release_key};
use crate::store::{CommitTs, Fault};
use crate::value::{Id, JsonFormat, Timestamp, binary, json};

/// Schedules and cancels functions. `ctx.scheduler`.
#[derive(Clone)]
pub struct Scheduler {
    place: Place,
}

#[derive(Clone)]
enum Place {
    Transaction(Arc<Transaction>, Arc<Scope>),
    Action(Arc<ActionScope>),
}

/// Who is told about committed schedules and cancels.
pub(crate) trait JobQueue: Send + Sync {
    /// A function was scheduled.
    fn scheduled(&self, job: NewJob);
    /// An unfinished function was canceled. If it did not run, that is how it waited.
    fn canceled(&self, job: Id<ScheduledFunction>, former: Option<Former>);
    /// A cron may be due earlier than was known.
    fn crons_changed(&self);
    /// Whether a function runs, or has run and its end is being recorded.
    fn runs(&self, job: Id<ScheduledFunction>) -> bool;
    /// A queue or a function was paused, or resumed, in the commit of this time.
    fn paused(&self, target: &PauseTarget, paused: bool, ts: CommitTs);
}

/// What the queue is told of a job.
pub(crate) struct NewJob {
    pub(crate) id: Id<ScheduledFunction>,
    pub(crate) due: Timestamp,
    pub(crate) kind: KindTag,
    pub(crate) path: &'static str,
    pub(crate) queue: String,
    pub(crate) limit_key: Option<Box<str>>,
    /// How it waited until now, if it was replaced.
    pub(crate) former: Option<Former>,
}

/// How a job waited before it was replaced or canceled.
pub(crate) enum Former {
    Due(FormerPlace),
    /// For a program that can run it.
    Parked,
}

/// Where a job waited.
pub(crate) struct FormerPlace {
    pub(crate) queue: String,
    pub(crate) due: Timestamp,
    /// The function, by the name that its record knows.
    pub(crate) name: String,
    pub(crate) limit_key: Option<Box<str>>,
}

impl Scheduler {
    pub(crate) fn in_transaction(transaction: Arc<Transaction>, scope: Arc<Scope>) -> Self {
        Self { place: Place::Transaction(transaction, scope) }
    }

    pub(crate) fn of_action(scope: Arc<ActionScope>) -> Self {
        Self { place: Place::Action(scope) }
    }

    /// Runs `call` when `delay` has passed; `Duration::ZERO` runs it as soon as possible after the commit.
    ///
    /// The caller's identity is not carried over: pass what the function needs as arguments.
    ///
    /// # Errors
    /// When the time lies beyond `Knobs::schedule_horizon`, the arguments break a limit of values, a limit
    /// of the transaction is passed, or the store fails.
    pub fn run_after<F, K>(&self, delay: Duration, call: Call<F, K>) -> Scheduling<'_>
    where
        F: Function + Schedulable<F::Kind>,
        K: NoKey,
    {
        Scheduling::new(self, self.order(self.now() + delay, call))
    }

    /// Runs `call` at `time`; a time in the past means as soon as possible.
    ///
    /// # Errors
    /// As [`run_after`](Self::run_after).
    pub fn run_at<F, K>(&self, time: Timestamp, call: Call<F, K>) -> Scheduling<'_>
    where
        F: Function + Schedulable<F::Kind>,
        K: NoKey,
    {
        Scheduling::new(self, self.order(time, call))
    }

    /// Cancels a scheduled function. A pending one will not run; a running action is asked to stop, and
    /// what it schedules from then on is canceled; a mutation that cancels itself commits what it does and is recorded as
    /// canceled, and so is what it schedules after that; a finished one stays as it is, and so does one whose record is gone by
    /// now (`Knobs::scheduled_retention`). Returns whether it was unfinished.
    ///
    /// A running action keeps its place, in its queue and under its limits, until it returns: see
    /// [`ActionCtx::cancelled`](crate::ActionCtx::cancelled).
    ///
    /// # Errors
    /// When the store fails.
    pub async fn cancel(&self, id: Id<ScheduledFunction>) -> Result<bool, ScheduleError> {
        match &self.place {
            Place::Transaction(transaction, scope) => cancel(transaction, scope, id).await,
            Place::Action(action) => {
                let ActionScope { engine, origin, .. } = &**action;
                let canceled = engine
                    .mutate(origin, "scheduler:cancel", &move |ctx, _| Box::pin(cancel_in(ctx, id)))
                    .await;
                canceled.map_err(transaction_failed)
            }
        }
    }

    /// As [`cancel`](Self::cancel), by the key that the function holds. Returns which one that was, if any.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn cancel_key(&self, key: &str) -> Result<Option<Id<ScheduledFunction>>, ScheduleError> {
        match &self.place {
            Place::Transaction(transaction, scope) => cancel_by_key(transaction, scope, key).await,
            Place::Action(action) => {
                let ActionScope { engine, origin, .. } = &**action;
                let canceled = engine
                    .mutate(origin, "scheduler:cancel", &move |ctx, _| {
                        Box::pin(async move { Ok(cancel_by_key(ctx.transaction(), ctx.scope(), key).await?) })
                    })
                    .await;
                canceled.map_err(transaction_failed)
            }
        }
    }

    /// Runs a scheduled function again that has failed for good or was canceled: it waits again and is due now, under the
    /// same id, with the same arguments, and as if it had never been tried. Why it failed stays in
    /// [`last_error`](ScheduledFunction::last_error). The key for services is the same as before
    /// ([`ActionCtx::idempotency_key`](crate::ActionCtx::idempotency_key)), and it takes its [unique
    /// key](crate::Scheduling::unique) again if it held one when it ended. Should it fail for good once more, whoever is
    /// declared to be told of that is told again. The run of a cron whose runs may not overlap is its latest one from then
    /// on, for whose end the others wait.
    ///
    /// # Errors
    /// [`ScheduleError::CannotRunAgain`] for one that has not ended or has succeeded, one that was canceled and has not returned
    /// yet, one without a record (any more), one whose function is gone, or the run of a cron of which a later one has not ended
    /// and that may not overlap; [`ScheduleError::KeyHeld`] when another one holds its unique key; when the transaction has
    /// scheduled too much, or the store fails.
    pub async fn run_again(&self, id: Id<ScheduledFunction>) -> Result<(), ScheduleError> {
        match &self.place {
            Place::Transaction(transaction, scope) => rerun::run_again(transaction, scope, id).await,
            Place::Action(action) => {
                let ActionScope { engine, origin, .. } = &**action;
                let body: &Body<'_, ()> = &move |ctx, _| {
                    Box::pin(async move { Ok(rerun::run_again(ctx.transaction(), ctx.scope(), id).await?) })
                };
                engine.mutate(origin, "scheduler:run_again", body).await.map_err(transaction_failed)
            }
        }
    }

    fn order<F: Function, K>(&self, time: Timestamp, call: Call<F, K>) -> Result<Order, ScheduleError> {
        let Call { arguments, .. } = call;
        self.check_horizon(F::PATH, time)?;
        let arguments = handler::encode::<F>(&arguments)
            .map_err(|source| ScheduleError::InvalidArguments { path: F::PATH, source })?;
        let (queue, limit_key) = F::POLICY.place(F::PATH, &arguments);
        Ok(Order {
            path: F::PATH,
            kind: F::Kind::TAG,
            arguments,
            time,
            queue,
            limit_key,
            keeps_result: false,
            retry: None,
            claim: None,
        })
    }

    /// Writes the record of a job.
    pub(super) async fn place(&self, order: Order) -> Result<Scheduled, ScheduleError> {
        match &self.place {
            Place::Transaction(transaction, scope) => insert(transaction, scope, &order).await,
            Place::Action(action) => {
                let order = &order;
                let body: &Body<'_, Scheduled> = &move |ctx, _| {
                    Box::pin(async move { Ok(insert(ctx.transaction(), ctx.scope(), order).await?) })
                };
                let inserted = action.engine.mutate(&action.origin, "scheduler:schedule", body);
                Box::pin(inserted).await.map_err(transaction_failed)
            }
        }
    }

    /// Pauses a queue: none of its jobs starts until it is [resumed](Self::resume_queue). What is running
    /// goes on, and so does a mutation that was taken up in the same moment. Pausing what is paused changes nothing.
    /// [`Queue::DEFAULT`] is where everything waits that names no other queue and has no limits.
    ///
    /// A pause is a document of the system table of [`Pause`](crate::Pause), so it commits with the transaction, holds
    /// over restarts and can be read.
    ///
    /// # Errors
    /// When the application has no such queue, or the store fails.
    pub async fn pause_queue(&self, queue: &Queue) -> Result<(), ScheduleError> {
        if !self.engine().registry.has_queue(queue) {
            return Err(ScheduleError::UnknownQueue { queue: queue.name });
        }
        self.set_paused(PauseTarget::Queue(queue.name.to_owned()), true).await.map(drop)
    }

    /// Lets the jobs of a queue start again, also if it was paused by a program that declared it and this one does not.
    ///
    /// # Errors
    /// When the application has no such queue and none of that name is paused, or the store fails.
    pub async fn resume_queue(&self, queue: &Queue) -> Result<(), ScheduleError> {
        let was_paused = self.set_paused(PauseTarget::Queue(queue.name.to_owned()), false).await?;
        if was_paused || self.engine().registry.has_queue(queue) {
            return Ok(());
        }
        Err(ScheduleError::UnknownQueue { queue: queue.name })
    }

    /// Pauses the scheduled runs of one function: `ctx.scheduler.pause(internal::jobs::process)`. As
    /// [`pause_queue`](Self::pause_queue).
    ///
    /// # Errors
    /// When the store fails.
    pub fn pause<H, A, F>(&self, function: H) -> Run<'_, Result<(), ScheduleError>>
    where
        H: Calls<A, F>,
        F: Function + Schedulable<F::Kind>,
    {
        drop(function);
        let target = PauseTarget::Function(F::PATH.to_owned());
        Run::new(async move { self.set_paused(target, true).await.map(drop) })
    }

    /// As [`resume`](Self::resume), by the function's path, such as `jobs:process`: also if the program that paused it had such a
    /// function and this one does not.
    ///
    /// # Errors
    /// When the application has no such function and none of that path is paused, or the store fails.
    pub async fn resume_path(&self, path: &str) -> Result<(), ScheduleError> {
        let registry = &self.engine().registry;
        let target = PauseTarget::Function(path.to_owned()).present(registry);
        let was_paused = self.set_paused(target, false).await?;
        if was_paused || registry.find(path, Asker::Scheduler).is_ok() {
            return Ok(());
        }
        Err(ScheduleError::UnknownFunction { path: path.to_owned() })
    }

    /// Lets the scheduled runs of a function start again.
    ///
    /// # Errors
    /// When the store fails.
    pub fn resume<H, A, F>(&self, function: H) -> Run<'_, Result<(), ScheduleError>>
    where
        H: Calls<A, F>,
        F: Function + Schedulable<F::Kind>,
    {
        drop(function);
        let target = PauseTarget::Function(F::PATH.to_owned());
        Run::new(async move { self.set_paused(target, false).await.map(drop) })
    }

    async fn set_paused(&self, target: PauseTarget, paused: bool) -> Result<bool, ScheduleError> {
        match &self.place {
            Place::Transaction(transaction, scope) => set_paused(transaction, scope, &target, paused).await,
            Place::Action(action) => {
                let target = &target;
                let ActionScope { engine, origin, .. } = &**action;
                let set = engine
                    .mutate(origin, "scheduler:pause", &move |ctx, _| {
                        Box::pin(async move {
                            Ok(set_paused(ctx.transaction(), ctx.scope(), target, paused).await?)
                        })
                    })
                    .await;
                set.map_err(transaction_failed)
            }
        }
    }

    pub(super) fn engine(&self) -> &Engine {
        match &self.place {
            Place::Transaction(_, scope) => &scope.engine,
            Place::Action(action) => &action.engine,
        }
    }

    fn now(&self) -> Timestamp {
        match &self.place {
            Place::Transaction(_, scope) => scope.now,
            Place::Action(action) => action.engine.env.now(),
        }
    }

    fn check_horizon(&self, path: &'static str, time: Timestamp) -> Result<(), ScheduleError> {
        let horizon = self.engine().knobs.schedule_horizon;
        let now = self.now();
        if time - now <= horizon && now - time <= horizon {
            return Ok(());
        }
        let days = horizon.as_secs() / (24 * 60 * 60);
        Err(ScheduleError::OutOfHorizon { path, time: time.to_string(), days })
    }
}

async fn cancel_in(ctx: &MutationCtx, id: Id<ScheduledFunction>) -> Result<bool, Error> {
    Ok(cancel(ctx.transaction(), ctx.scope(), id).await?)
}

async fn insert(transaction: &Transaction, scope: &Scope, order: &Order) -> Result<Scheduled, ScheduleError> {
    transaction.count_scheduled(order.arguments.len())?;
    let is_canceled = parent_is_canceled(transaction, scope).await?;
    let claim = order.claim.as_ref().filter(|_| !is_canceled);
    let holder = match claim {
        Some(claim) => Box::pin(unique::settle(transaction, scope, order, claim)).await?,
        None => Holder::None,
    };
    // From here on nothing is waited for: the future has no room for a record.
    match holder {
        Holder::None => {
            let mut record =
                ScheduledFunction::pending(order.path, order.arguments.clone(), order.time, scope.now);
            record.retry = order.retry;
            record.keeps_result = order.keeps_result;
            order.queue.clone_into(&mut record.queue);
            record.limit_key.clone_from(&order.limit_key);
            record.parent = scope.origin.job.map(|run| run.id);
            record.key = claim.map(|claim| claim.key.clone());
            if is_canceled {
                record.finish(ScheduledState::Canceled, scope.now);
            }
            let id = insert_record(transaction, scope, record, order.kind, order.path)?;
            if let Some(claim) = claim {
                unique::take(transaction, claim.key.clone(), id)?;
            }
            Ok(Scheduled::Inserted(id))
        }
        Holder::Keeps(id) => Ok(Scheduled::Existing(id)),
        Holder::Replaced { id, due, former } => {
            let (queue, limit_key) = (order.queue.to_owned(), order.limit_key.clone());
            let limit_key = limit_key.map(String::into_boxed_str);
            let job = NewJob { id, due, kind: order.kind, path: order.path, queue, limit_key, former };
            tell_scheduled(transaction, scope, job);
            Ok(Scheduled::Replaced(id))
        }
    }
}

/// Inserts a record; the queue learns of it with the commit.
pub(crate) fn insert_record(
    transaction: &Transaction,
    scope: &Scope,
    record: ScheduledFunction,
    kind: KindTag,
    path: &'static str,
) -> Result<Id<ScheduledFunction>, ScheduleError> {
    let due = record.due();
    let (queue, limit_key) = (record.queue.clone(), record.limit_key.clone().map(String::into_boxed_str));
    let id = transaction.insert(record)?;
    scope.engine.env.pass(PausePoint::ScheduleWritten);
    if let Some(due) = due {
        let job = NewJob { id, due, kind, path, queue, limit_key, former: None };
        tell_scheduled(transaction, scope, job);
    }
    Ok(id)
}

pub(super) fn tell_scheduled(transaction: &Transaction, scope: &Scope, job: NewJob) {
    let engine = Arc::clone(&scope.engine);
    transaction.after_commit(move |_| {
        engine.env.pass(PausePoint::ScheduleCommitted);
        engine.jobs(|jobs| jobs.scheduled(job));
        engine.env.pass(PausePoint::ScheduleTold);
    });
}

/// The value of an argument as text, or what stands for a long one.
pub(super) fn limit_key(arguments: &[u8], name: &str) -> Option<String> {
    let mut text = Vec::new();
    binary::to_json(arguments, JsonFormat::Encoded, &mut text).ok()?;
    let fields: BTreeMap<String, Box<RawValue>> = serde_json::from_slice(&text).ok()?;
    Some(bounded_key(json::sorted(fields.get(name)?.get().as_bytes())))
}

/// A key, or what stands for a long one: it is kept in memory with each job.
pub(super) fn bounded_key(key: String) -> String {
    const LONGEST: usize = 200;
    if key.len() <= LONGEST { key } else { BASE64_STANDARD.encode(Sha256::digest(key)) }
}

/// What a canceled function schedules is canceled too. One that runs has a record, unless it was canceled so long ago that the
/// record is gone.
async fn parent_is_canceled(transaction: &Transaction, scope: &Scope) -> Result<bool, ScheduleError> {
    let Some(parent) = scope.origin.job else { return Ok(false) };
    let record = transaction.get(parent.id).await?;
    Ok(record.is_none_or(|record| record.state == ScheduledState::Canceled))
}

async fn cancel(
    transaction: &Transaction,
    scope: &Scope,
    id: Id<ScheduledFunction>,
) -> Result<bool, ScheduleError> {
    let Some(record) = transaction.get(id).await? else { return Ok(false) };
    if record.is_finished() || scope.engine.store.has_fault(Fault::LoseCancel) {
        return Ok(false);
    }
    let mut record = record.value;
    let former = record.former();
    record.finish(ScheduledState::Canceled, scope.now);
    if let Some(key) = &record.key {
        release_key(transaction, key).await?;
    }
    job_has_changed(transaction, scope, id, &record).await?;
    transaction.replace(id, record).await?;
    scope.engine.env.pass(PausePoint::CancelWritten);
    let engine = Arc::clone(&scope.engine);
    transaction.after_commit(move |_| {
        engine.env.pass(PausePoint::CancelCommitted);
        engine.jobs(|jobs| jobs.canceled(id, former));
    });
    Ok(true)
}

async fn cancel_by_key(
    transaction: &Transaction,
    scope: &Scope,
    key: &str,
) -> Result<Option<Id<ScheduledFunction>>, ScheduleError> {
    let Some(held) = unique::holder(transaction, key).await? else { return Ok(None) };
    cancel(transaction, scope, held.job()).await?;
    Ok(Some(held.job()))
}

/// Returns whether it was paused before.
async fn set_paused(
    transaction: &Transaction,
    scope: &Scope,
    target: &PauseTarget,
    paused: bool,
) -> Result<bool, ScheduleError> {
    // They are few, and some may know a function by a former name.
    let mut found = Query::<Pause>::new(transaction).collect().await?;
    found.retain(|pause| pause.target.clone().present(&scope.engine.registry) == *target);
    let was_paused = !found.is_empty();
    if paused == was_paused {
        return Ok(was_paused);
    }
    if paused {
        transaction.insert(Pause { target: target.clone() })?;
    }
    for pause in found {
        transaction.delete(pause.id).await?;
    }
    scope.engine.env.pass(PausePoint::PauseWritten);
    let (engine, target) = (Arc::clone(&scope.engine), target.clone());
    transaction.after_commit(move |ts| {
        engine.env.pass(PausePoint::PauseCommitted);
        engine.jobs(|jobs| jobs.paused(&target, paused, ts));
    });
    Ok(was_paused)
}

/// The error of a scheduling transaction of an action, which is one of ours.
fn transaction_failed(error: Error) -> ScheduleError {
    let (code, message) = (error.code(), error.to_string());
    error.downcast().unwrap_or(ScheduleError::Transaction { code, message })
}
