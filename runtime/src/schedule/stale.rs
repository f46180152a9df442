//! Jobs that were stored by another version of the program, looked at before anything runs.
//!
//! While a function takes arguments of the same types, its jobs are what they were and are not looked at: such a start
//! costs the same however many wait. The jobs of functions that are gone or take other types are tried against the code, one
//! by one, and so are parked ones and crons that were registered at run time: the function exists, is no query, and the arguments
//! decode.
//!
//! An action that ran when the process ended is looked at like those that wait: only its function says whether it is tried
//! again.
//!
//! A cron goes on while a run of it is parked. When that can run again and the cron has started another one since, it is passed
//! over, unless they may overlap; if it had begun, it has failed.
//!
//! However many there are, few are held at once: what is wrong is counted first, and changed in transactions of a few jobs each.
//!
//! Invariant: nothing is lost. A job that cannot run stays what it is, and goes on, or is passed over on the record, when a
//! program comes that can run it.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::db::Cursor;
use crate::env::PausePoint;
use crate::error::{DbError, Error, StartError};
use crate::function::{
    Asker, Cron, CronSlot, Engine, Failure, KindTag, MutationCtx, Origin, ScheduledFunction, ScheduledState,
    Signatures, change_job, superseding_cron,
};
use crate::knobs::StaleJobs;
use crate::schedule::backlog::Parked;
use crate::schedule::ends::record_failure;
use crate::schedule::recovery::{self, Unfinished};
use crate::value::{Doc, Id};

/// How many jobs are listed.
const LISTED: usize = 20;

/// What is wrong between the stored jobs and the program.
#[derive(Default)]
struct Stale {
    /// What cannot run, parked already or not.
    count: usize,
    /// The first of them, a line each.
    report: String,
    /// What cannot run and waits, without the crons.
    parked: Parked,
    is_to_park: bool,
    is_to_unpark: bool,
}

/// Refuses to start with jobs that cannot run, or parks them; lets parked ones go on that can run again. Returns what is parked
/// then.
pub(super) async fn check(engine: &Arc<Engine>, queues: &[String]) -> Result<Parked, StartError> {
    let (signatures, before) = (Signatures::of(&engine.registry), recovery::signatures(engine).await?);
    let jobs = Jobs { engine, queues, signatures: &signatures, before: before.as_ref() };
    let stale = jobs.stale().await?;
    engine.env.pass(PausePoint::StaleLookedFor);
    let Stale { count, mut report, parked, is_to_park, is_to_unpark } = stale;
    if count > LISTED {
        let _ = writeln!(report, "and {} more", count - LISTED);
    }
    if count > 0 && engine.knobs.stale_jobs == StaleJobs::Refuse {
        return Err(StartError::StaleJobs { count, report: report.trim_end().to_owned() });
    }
    if count > 0 {
        tracing::warn!(count, "scheduled functions cannot be run by this program and are parked:\n{report}");
    }
    // A crash between any two of these leaves what the invariant of the signatures says: none is recorded before the jobs
    // are parked that it does not fit, and none is in force while jobs go on that only the next one fits.
    let change = async {
        if is_to_park {
            jobs.park().await?;
        }
        if before.as_ref() != Some(&signatures) {
            sign(engine, &signatures).await?;
        }
        if is_to_unpark {
            jobs.unpark().await?;
        }
        Ok(())
    };
    // What is not parked would run, and fail for good. The next start looks again.
    match change.await {
        Ok(()) => Ok(parked),
        Err::<_, Error>(error) => Err(StartError::UnrecordedStaleJobs { reason: error.to_string() }),
    }
}

/// The stored jobs, some of which are held at once, and what is to be known of the program that ran last.
struct Jobs<'a> {
    engine: &'a Arc<Engine>,
    queues: &'a [String],
    signatures: &'a Signatures,
    before: Option<&'a Signatures>,
}

impl Jobs<'_> {
    async fn stale(&self) -> Result<Stale, StartError> {
        let mut stale = Stale::default();
        let mut pages = self.pages(self.doubtful());
        while let Some(jobs) = pages.next().await? {
            for job in jobs {
                match self.reason(&job) {
                    Some(reason) => {
                        stale.add(|| format!("{} {}: {reason}", job.id, job.name));
                        stale.is_to_park |= !job.is_parked();
                        stale.parked.add(job, reason);
                    }
                    None => stale.is_to_unpark |= job.is_parked(),
                }
            }
        }
        for cron in recovery::registered_crons(self.engine).await? {
            if let Some(reason) = reason(self.engine, &cron.function, cron.arguments()) {
                stale.add(|| format!("cron `{}` {}: {reason}", cron.name, cron.function));
            }
        }
        Ok(stale)
    }

    async fn park(&self) -> Result<(), Error> {
        let mut pages = self.pages(self.doubtful());
        while let Some(jobs) = pages.next().await? {
            let waiting = jobs.into_iter().filter(|job| !job.is_parked());
            let stale: Vec<_> = waiting.filter_map(|job| Some((job.id, self.reason(&job)?))).collect();
            park(self.engine, &stale).await?;
        }
        Ok(())
    }

    async fn unpark(&self) -> Result<(), Error> {
        let mut pages = self.pages(Unfinished::Parked);
        while let Some(jobs) = pages.next().await? {
            let sound = jobs.into_iter().filter(|job| self.reason(job).is_none());
            let sound: Vec<_> = sound.map(|job| job.id).collect();
            unpark(self.engine, &sound).await?;
        }
        Ok(())
    }

    /// Which jobs the program that runs now may not be able to run, or may be able to run again.
    fn doubtful(&self) -> Unfinished {
        match self.before {
            Some(before) if self.signatures.keep_all(before) => Unfinished::Parked,
            _ => Unfinished::All,
        }
    }

    /// Why a job cannot run, if it cannot.
    fn reason(&self, job: &ScheduledFunction) -> Option<String> {
        let is_kept = self.before.is_some_and(|before| self.signatures.keep(before, &job.name));
        if is_kept && !job.is_parked() {
            return None;
        }
        reason(self.engine, &job.name, job.arguments())
    }

    fn pages(&self, which: Unfinished) -> Pages<'_> {
        Pages { engine: self.engine, queues: self.queues, which, after: None }
    }
}

/// A way through the jobs, some at a time.
struct Pages<'a> {
    engine: &'a Arc<Engine>,
    /// Those to come, and the one it is at.
    queues: &'a [String],
    which: Unfinished,
    after: Option<Cursor>,
}

impl Pages<'_> {
    async fn next(&mut self) -> Result<Option<Vec<Doc<ScheduledFunction>>>, DbError> {
        let [queue, others @ ..] = self.queues else { return Ok(None) };
        let page = recovery::unfinished(self.engine, queue, self.which, self.after.take()).await?;
        if page.is_done {
            self.queues = others;
        } else {
            self.after = Some(page.continue_cursor);
        }
        Ok(Some(page.page))
    }
}

impl Stale {
    fn add(&mut self, line: impl FnOnce() -> String) {
        self.count += 1;
        if self.count <= LISTED {
            let _ = writeln!(self.report, "{}", line());
        }
    }
}

/// Why a call that is stored cannot run, if it cannot.
fn reason(engine: &Engine, name: &str, arguments: &[u8]) -> Option<String> {
    let Ok(entry) = engine.registry.find(name, Asker::Scheduler) else {
        return Some("there is no such function any more".to_owned());
    };
    if entry.handler.kind() == KindTag::Query {
        return Some("it has become a query, which cannot be scheduled".to_owned());
    }
    (entry.accepts)(arguments).err().map(|error| error.to_string())
}

/// Records what the functions of this program take, once all jobs that wait have been tried against it.
async fn sign(engine: &Arc<Engine>, signatures: &Signatures) -> Result<(), Error> {
    let origin = Origin::of_the_framework(engine);
    engine
        .mutate_undurable(&origin, "scheduler:sign", &move |ctx, _| {
            Box::pin(async move {
                signatures.store(ctx.transaction()).await?;
                ctx.scope().engine.env.pass(PausePoint::SignaturesWritten);
                Ok(())
            })
        })
        .await
        .map(drop)
}

/// Parks some jobs in one transaction, each with the reason.
async fn park(engine: &Arc<Engine>, jobs: &[(Id<ScheduledFunction>, String)]) -> Result<(), Error> {
    if jobs.is_empty() {
        return Ok(());
    }
    let origin = Origin::of_the_framework(engine);
    engine
        .mutate_undurable(&origin, "scheduler:park", &move |ctx, _| {
            Box::pin(async move {
                for (id, reason) in jobs {
                    ctx.transaction()
                        .patch(*id, |record: &mut ScheduledFunction| record.park(reason))
                        .await?;
                    ctx.scope().engine.env.pass(PausePoint::ParkWritten);
                }
                Ok(())
            })
        })
        .await?;
    engine.env.pass(PausePoint::ParkCommitted);
    Ok(())
}

/// Lets some parked jobs go on in one transaction, but for the runs of crons that are passed over.
async fn unpark(engine: &Arc<Engine>, jobs: &[Id<ScheduledFunction>]) -> Result<(), Error> {
    if jobs.is_empty() {
        return Ok(());
    }
    let origin = Origin::of_the_framework(engine);
    let (passed_over, _) = engine
        .mutate_undurable(&origin, "scheduler:unpark", &move |ctx, _| {
            Box::pin(async move {
                let mut passed_over = Vec::new();
                for id in jobs {
                    passed_over.extend(go_on_or_pass_over(ctx, *id).await?);
                    ctx.scope().engine.env.pass(PausePoint::ParkWritten);
                }
                Ok(passed_over)
            })
        })
        .await?;
    engine.env.pass(PausePoint::ParkCommitted);
    for CronSlot { name, slot, .. } in passed_over {
        tracing::info!(
            cron = name,
            slot,
            "passed over: the cron has started another run while this one was parked"
        );
    }
    Ok(())
}

/// Lets a parked job go on. A run of a cron that has started another one since does not: one that has not begun is canceled, and
/// told; one that was cut while it ran has failed.
async fn go_on_or_pass_over(ctx: &MutationCtx, id: Id<ScheduledFunction>) -> Result<Option<CronSlot>, Error> {
    let (transaction, scope) = (ctx.transaction(), ctx.scope());
    let Some(job) = transaction.know(id).await? else { return Ok(None) };
    let Some(cron) = superseding_cron(transaction, id, job.doc()).await? else {
        transaction.patch_known(job, ScheduledFunction::unpark).await?;
        return Ok(None);
    };
    if job.doc().state == ScheduledState::InProgress && !job.doc().is_marked() {
        transaction.patch_known(job, ScheduledFunction::unpark).await?;
        let cut = Failure::Crashed.text();
        let text = format!("{cut}, and its cron has started another run since");
        record_failure(ctx, id, &Failure::Error { text, permanent: true }, &|_| true).await?;
        return Ok(None);
    }
    let slot = job.doc().cron.clone();
    change_job(transaction, scope, job, |record| record.finish(ScheduledState::Canceled, scope.now)).await?;
    transaction.patch(cron.id, |cron: &mut Cron| cron.skipped += 1).await?;
    Ok(slot)
}
