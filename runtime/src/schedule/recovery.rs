//! What a former process left: actions that were running, and jobs that wait.
//!
//! Invariant: reads and repairs records; starts nothing.

use std::sync::Arc;

use crate::db::{Cursor, Index, Page, PaginationOptions, Query, Setup, Transaction};
use crate::env::PausePoint;
use crate::error::{DbError, StartError};
use crate::function::{
    Asker, Cron, CronSource, Engine, Failure, Pause, PauseTarget, ScheduledFunction, ScheduledState,
    Signatures, SpentBucket,
};
use crate::knobs::TransactionLimits;
use crate::schedule::ends::{self, End};
use crate::schedule::flow::{Flow, RateTarget};
use crate::schedule::timers::Place as JobPlace;
use crate::value::{Doc, Id, Timestamp};

/// Jobs that are shown at once.
const AT_ONCE: usize = 500;

/// Jobs that are held whole at once, with their arguments.
const LOOKED_INTO: usize = 16;

/// A job as its record tells of it.
pub(super) struct Stored {
    pub(super) due: Timestamp,
    pub(super) id: Id<ScheduledFunction>,
    pub(super) name: String,
    pub(super) limit_key: Option<Box<str>>,
}

/// Which unfinished jobs are meant.
#[derive(Clone, Copy)]
pub(super) enum Unfinished {
    All,
    /// Those that the program that ran last could not run.
    Parked,
}

/// The queues in which stored functions wait or run.
pub(super) async fn queues(engine: &Arc<Engine>) -> Result<Vec<String>, DbError> {
    let transaction = reading(engine);
    let mut names: Vec<String> = Vec::new();
    loop {
        let query = Query::<ScheduledFunction>::new(&transaction);
        let next = match names.last() {
            None => query.with_index(by_place().gt(None)).first().await?,
            Some(last) => query.with_index(by_place().gt(Some(last.clone()))).first().await?,
        };
        match next {
            Some(record) => names.push(record.value.queue),
            None => return Ok(names),
        }
    }
}

/// What the functions took of the program that ran last, if one has.
pub(super) async fn signatures(engine: &Arc<Engine>) -> Result<Option<Signatures>, DbError> {
    Signatures::stored(&reading(engine)).await
}

/// The crons that mutations made.
pub(super) async fn registered_crons(engine: &Arc<Engine>) -> Result<Vec<Doc<Cron>>, DbError> {
    let mut crons = Query::<Cron>::new(&reading(engine)).collect().await?;
    crons.retain(|cron| cron.source == CronSource::Runtime);
    Ok(crons)
}

/// What is paused.
pub(super) async fn pauses(engine: &Arc<Engine>) -> Result<Vec<PauseTarget>, DbError> {
    let transaction = reading(engine);
    let pauses = Query::<Pause>::new(&transaction).collect().await?;
    Ok(pauses.into_iter().map(|pause| pause.value.target.present(&engine.registry)).collect())
}

/// Takes from the buckets of rates what starts of former processes took.
pub(super) async fn restore_buckets(engine: &Arc<Engine>, flow: &mut Flow) -> Result<(), DbError> {
    let now = engine.env.now();
    for bucket in SpentBucket::after(&reading(engine), now).await? {
        let SpentBucket { target, key, full_at } = bucket.value;
        let target = match engine.registry.find(&target, Asker::Scheduler) {
            Ok(entry) => RateTarget::Function(entry.path, key.map(String::into_boxed_str)),
            Err(_) => RateTarget::Queue(&target),
        };
        flow.restore(target, full_at, now);
    }
    Ok(())
}

/// Ends the attempts that were running when the process ended. Actions may have had effects outside, so only one with
/// a retry policy is started again; mutations had none.
pub(super) async fn end_interrupted(engine: &Arc<Engine>, queues: &[String]) -> Result<(), StartError> {
    let transaction = reading(engine);
    let crashed = Arc::new(End::Failure(Failure::Crashed));
    for queue in queues {
        let in_progress = by_place().eq(Some(queue.clone())).eq(ScheduledFunction::DUE_IN_PROGRESS);
        let mut interrupted =
            Query::<ScheduledFunction>::new(&transaction).with_index(in_progress).stream()?;
        let mut ends = Vec::new();
        while let Some(job) = interrupted.next().await? {
            if job.state == ScheduledState::InProgress {
                tracing::warn!(job = %job.id, function = job.name, "the process ended while this function ran");
                engine.env.pass(PausePoint::InterruptedFound);
                ends.push((job.id, Arc::clone(&crashed)));
            }
        }
        ends::record_last_ends(engine, ends).await?;
    }
    engine.env.pass(PausePoint::InterruptedEnded);
    Ok(())
}

/// The mutations that are marked.
pub(super) async fn marked(engine: &Arc<Engine>) -> Result<Vec<Id<ScheduledFunction>>, DbError> {
    let transaction = reading(engine);
    let mut marked = Vec::new();
    for queue in queues(engine).await? {
        let in_progress = by_place().eq(Some(queue)).eq(ScheduledFunction::DUE_IN_PROGRESS);
        let mut jobs = Query::<ScheduledFunction>::new(&transaction).with_index(in_progress).stream()?;
        while let Some(job) = jobs.next().await? {
            if job.is_marked() {
                marked.push(job.id);
            }
        }
    }
    Ok(marked)
}

/// Shows the jobs that wait in a queue and are due from a time on, some at once, until `offer` has seen enough; then it says
/// up to where. Returns that, or nothing if all were shown.
pub(super) async fn pending(
    engine: &Arc<Engine>,
    queue: &str,
    from: Timestamp,
    mut offer: impl FnMut(Vec<Stored>) -> Option<JobPlace>,
) -> Result<Option<JobPlace>, DbError> {
    let transaction = reading(engine);
    let from = Some(from).max(ScheduledFunction::DUE_IN_PROGRESS);
    let waiting = by_place().eq(Some(queue.to_owned())).gte(from).lt(ScheduledFunction::DUE_PARKED);
    let mut jobs = Query::<ScheduledFunction>::new(&transaction).with_index(waiting).stream()?;
    let mut some = Vec::with_capacity(AT_ONCE);
    while let Some(job) = jobs.next().await? {
        let Some(due) = job.waits_from() else { continue };
        let id = job.id;
        let ScheduledFunction { name, limit_key, .. } = job.value;
        some.push(Stored { due, id, name, limit_key: limit_key.map(String::into_boxed_str) });
        if some.len() == AT_ONCE {
            let enough = offer(std::mem::replace(&mut some, Vec::with_capacity(AT_ONCE)));
            if enough.is_some() {
                return Ok(enough);
            }
            // Others of this thread have their turn, however many there are.
            tokio::task::yield_now().await;
        }
    }
    Ok(offer(some))
}

/// Some jobs of a queue that wait, or that ran when the process ended: those after a cursor, or the first ones.
pub(super) async fn unfinished(
    engine: &Arc<Engine>,
    queue: &str,
    which: Unfinished,
    after: Option<Cursor>,
) -> Result<Page<Doc<ScheduledFunction>>, DbError> {
    let transaction = reading(engine);
    let of_queue = by_place().eq(Some(queue.to_owned()));
    let range = match which {
        Unfinished::All => of_queue.gte(ScheduledFunction::DUE_IN_PROGRESS),
        Unfinished::Parked => of_queue.gte(ScheduledFunction::DUE_PARKED),
    };
    let page = PaginationOptions { cursor: after, ..PaginationOptions::first(LOOKED_INTO) };
    Query::<ScheduledFunction>::new(&transaction).with_index(range).paginate(&page).await
}

/// The queue, none for what has ended, and when it is due, or ended.
pub(super) type Place = (Option<String>, (Option<Timestamp>, ()));

pub(super) fn by_place() -> Index<ScheduledFunction, Place> {
    Index::new(ScheduledFunction::BY_PLACE)
}

/// A transaction that reads as much as it needs to.
pub(super) fn reading(engine: &Engine) -> Transaction {
    Transaction::query(engine.store.snapshot(), unlimited(engine, 0))
}

/// What the framework's own work at the start runs under.
pub(super) fn unlimited(engine: &Engine, seed: u64) -> Setup {
    Setup {
        catalog: Arc::clone(&engine.catalog),
        limits: TransactionLimits::UNLIMITED,
        now: engine.env.now(),
        clock: engine.env.virtual_clock().cloned(),
        seed,
        time: None,
    }
}
