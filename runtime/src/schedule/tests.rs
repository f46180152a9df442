//! What becomes of scheduled functions when the disk cannot be read for a while.

mod crons;
mod ends;
pub(super) mod lines;
mod moments;
mod panics;
mod room;
mod unrest;
mod workers;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use mainspring::{
    ActionCtx, App, Env, Error, Id, Knobs, MutationCtx, QueryCtx, Registry, Result, ScheduledFunction,
    StaleJobs, internal_action, internal_mutation, mutation, query, table,
};

use crate::env::PausePoint;
use crate::function::FileStore;
use crate::store::Store;
use crate::store::testing::{MemoryDisk, small_options};
use crate::testing::{START, TestApp, with_pauses};

/// Large enough that most of them are not in memory.
#[table(name = "pages")]
pub(crate) struct Page {
    text: String,
    visits: u32,
}

type Job = Id<ScheduledFunction>;

#[mutation]
pub(crate) async fn fill(ctx: &MutationCtx, pages: u32) -> Result<Vec<Id<Page>>> {
    let mut ids = Vec::new();
    for n in 0..pages {
        ids.push(ctx.db.insert(Page { text: n.to_string().repeat(300), visits: 0 }).await?);
    }
    Ok(ids)
}

/// Leaves a key on the disk, so that others have to be looked for there.
#[mutation]
pub(crate) async fn remind(ctx: &MutationCtx) -> Result<()> {
    let _ = ctx.scheduler.run_after(Duration::from_hours(1), __wait_call()).unique("another").await?;
    Ok(())
}

/// Several actions that are due at the same time.
#[mutation]
pub(crate) async fn waits(ctx: &MutationCtx, count: u32) -> Result<Vec<Job>> {
    let mut jobs = Vec::new();
    for _ in 0..count {
        jobs.push(ctx.scheduler.run_after(Duration::from_hours(1), __wait_call()).await?);
    }
    Ok(jobs)
}

#[internal_mutation]
pub(crate) async fn visit(ctx: &MutationCtx, page: Id<Page>) -> Result<()> {
    Ok(ctx.db.patch(page, |page: &mut Page| page.visits += 1).await?)
}

/// Is at work for two seconds and reads nothing.
#[internal_action]
pub(crate) async fn wait(ctx: &ActionCtx) -> Result<()> {
    ctx.sleep(Duration::from_secs(2)).await;
    Ok(())
}

/// Reads what a mutation reads.
#[internal_action]
pub(crate) async fn send(ctx: &ActionCtx, page: Id<Page>) -> Result<()> {
    ctx.run_mutation(__visit_call(page)).await
}

/// Is at work for two seconds and fails.
#[internal_action]
pub(crate) async fn fail_late(ctx: &ActionCtx) -> Result<()> {
    ctx.sleep(Duration::from_secs(2)).await;
    Err(Error::msg("too late"))
}

#[internal_mutation]
pub(crate) async fn fail_at_once(_ctx: &MutationCtx) -> Result<()> {
    Err(Error::msg("it cannot be"))
}

/// Jobs whose ends have to look for the keys that they hold.
#[mutation]
pub(crate) async fn fail_later(ctx: &MutationCtx) -> Result<(Job, Job)> {
    let second = Duration::from_secs(1);
    Ok((
        ctx.scheduler.run_after(second, __fail_late_call()).unique("late").await?.id(),
        ctx.scheduler.run_after(second, __fail_at_once_call()).unique("at once").await?.id(),
    ))
}

#[mutation]
pub(crate) async fn later(ctx: &MutationCtx, page: Id<Page>) -> Result<(Job, Job, Job)> {
    let second = Duration::from_secs(1);
    Ok((
        ctx.scheduler.run_after(second, __visit_call(page)).await?,
        ctx.scheduler.run_after(second, __send_call(page)).await?,
        ctx.scheduler.run_after(second, __wait_call()).unique("waits").await?.id(),
    ))
}

#[mutation]
pub(crate) async fn visits(ctx: &MutationCtx, page: Id<Page>) -> Result<Option<u32>> {
    Ok(ctx.db.get(page).await?.map(|page| page.visits))
}

/// What a record says: the state, and how often it was tried.
#[query]
pub(crate) async fn record(ctx: &QueryCtx, job: Job) -> Result<Option<(String, u32)>> {
    let job = ctx.db.system().get(job).await?;
    Ok(job.map(|job| (format!("{:?}", job.state), job.attempts)))
}

#[query]
pub(crate) async fn crashes(ctx: &QueryCtx, job: Job) -> Result<u32> {
    Ok(ctx.db.system().get(job).await?.map_or(0, |job| job.crashes))
}

/// Has all queues read anew.
#[mutation]
pub(crate) async fn pause_and_resume(ctx: &MutationCtx) -> Result<()> {
    ctx.scheduler.pause(__wait_call).await?;
    Ok(ctx.scheduler.resume(__wait_call).await?)
}

async fn start(disk: &MemoryDisk) -> TestApp {
    start_on_store(disk).await.0
}

async fn start_on_store(disk: &MemoryDisk) -> (TestApp, Store) {
    let registry = Registry::new()
        .function::<__crashes>()
        .function::<__fail_at_once>()
        .function::<__fail_late>()
        .function::<__fail_later>()
        .function::<__fill>()
        .function::<__later>()
        .function::<__pause_and_resume>()
        .function::<__record>()
        .function::<__remind>()
        .function::<__send>()
        .function::<__visit>()
        .function::<__visits>()
        .function::<__wait>()
        .function::<__waits>()
        .table::<Page>();
    let mut opened = None;
    let app = TestApp::on(registry, |env| opened.insert(open(disk, &env)).clone()).await;
    (app, opened.unwrap())
}

fn open(disk: &MemoryDisk, env: &Env) -> Store {
    let env = env.clone();
    let time = move || env.now_nanos();
    Store::open_on(Arc::new(disk.clone()), Path::new("data"), &small_options(), time).unwrap()
}

/// An application whose first page has to be read from the base.
async fn with_a_cold_page(disk: &MemoryDisk) -> (TestApp, Id<Page>) {
    let app = start(disk).await;
    let page = app.run_mutation(__fill_call(200)).await.unwrap()[0];
    app.run_mutation(__remind_call()).await.unwrap();
    app.shutdown().await.unwrap();
    drop(app);
    (start(disk).await, page)
}

#[tokio::test]
async fn what_cannot_be_read_fails_that_call_alone_and_is_read_again() {
    let disk = MemoryDisk::default();
    let (app, page) = with_a_cold_page(&disk).await;
    disk.blind_once(1, "base");
    // The base is opened anew for it.
    assert_eq!(app.run_mutation(__visits_call(page)).await.unwrap(), Some(0));
    let new = app.run_mutation(__fill_call(1)).await.unwrap()[0];
    assert_eq!(app.run_mutation(__visits_call(new)).await.unwrap(), Some(0));
}

#[tokio::test]
async fn while_the_base_cannot_be_read_calls_say_so_and_others_go_on() {
    let disk = MemoryDisk::default();
    let (app, page) = with_a_cold_page(&disk).await;
    disk.blind("base");
    let error = app.run_mutation(__visits_call(page)).await.unwrap_err();
    assert_eq!(error.code(), "StoreIo", "{error}");
    assert!(error.to_string().starts_with("could not read `data/base.redb`: "), "{error}");
    let error = app.run_mutation(__visits_call(page)).await.unwrap_err();
    assert!(error.to_string().starts_with("could not open `data/base.redb`: "), "{error}");
    let other = app.run_mutation(__fill_call(1)).await.unwrap()[0];
    assert_eq!(app.run_mutation(__visits_call(other)).await.unwrap(), Some(0));
    disk.heal();
    assert_eq!(app.run_mutation(__visits_call(page)).await.unwrap(), Some(0));
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_job_that_cannot_read_waits_and_the_end_of_one_that_ran_is_not_lost() {
    let disk = MemoryDisk::default();
    let (app, page) = with_a_cold_page(&disk).await;
    let (visit, send, wait) = app.run_mutation(__later_call(page)).await.unwrap();
    let (late, at_once) = app.run_mutation(__fail_later_call()).await.unwrap();
    let state = async |job| app.run_query(__record_call(job)).await.unwrap().unwrap();
    let becomes = async |job, expected: &str| {
        until(expected, async || state(job).await.0.starts_with(expected)).await;
        assert_eq!(state(job).await.1, 1, "attempts");
    };
    disk.blind("base");
    app.advance(Duration::from_secs(1)).await;
    becomes(wait, "InProgress").await;
    // The action has run, so what it met is its failure.
    becomes(send, "Failed").await;
    assert_eq!(state(visit).await, ("Pending".to_owned(), 0));
    let refused = disk.refused();
    app.advance(Duration::from_secs(2)).await;
    until("refused", async || disk.refused() > refused).await;
    app.advance(Duration::from_mins(10)).await;
    becomes(wait, "InProgress").await;
    becomes(late, "InProgress").await;
    assert_eq!(state(at_once).await, ("Pending".to_owned(), 0));
    disk.heal();
    app.advance(Duration::from_secs(10)).await;
    becomes(visit, "Success").await;
    becomes(wait, "Success").await;
    becomes(late, "Failed { error: \"too late\" }").await;
    becomes(at_once, "Failed { error: \"it cannot be\" }").await;
}

#[tokio::test]
async fn what_has_ended_and_cannot_be_recorded_until_the_shutdown_is_recorded_then_as_what_it_was() {
    let disk = MemoryDisk::default();
    let (app, page) = with_a_cold_page(&disk).await;
    let (_, _, wait) = app.run_mutation(__later_call(page)).await.unwrap();
    let (late, _) = app.run_mutation(__fail_later_call()).await.unwrap();
    disk.blind("base");
    app.advance(Duration::from_secs(10)).await;
    let heals = async {
        app.advance(Knobs::default().drain_deadline + Duration::from_secs(2)).await;
        disk.heal();
        app.advance(Duration::from_secs(10)).await;
    };
    let (down, ()) = tokio::join!(app.shutdown(), heals);
    down.unwrap();
    drop(app);
    let app = start(&disk).await;
    let state = async |job| app.run_query(__record_call(job)).await.unwrap().unwrap();
    assert_eq!(state(wait).await, ("Success".to_owned(), 1));
    assert_eq!(state(late).await, ("Failed { error: \"too late\" }".to_owned(), 1));
}

/// An application that suspects those who wait, and one of those, which is marked and cannot read.
async fn with_a_marked_mutation(disk: &MemoryDisk) -> (TestApp, Job) {
    let (mut app, page) = with_a_cold_page(disk).await;
    let (visit, ..) = app.run_mutation(__later_call(page)).await.unwrap();
    for _ in 0..Knobs::default().crashes_before_suspicion {
        app.crash().await;
    }
    disk.blind("base");
    app.advance(Duration::from_secs(1)).await;
    let record = app.run_query(__record_call(visit)).await.unwrap();
    assert_eq!(record, Some(("InProgress".to_owned(), 1)));
    disk.heal();
    (app, visit)
}

#[tokio::test]
async fn a_marked_mutation_that_could_not_read_runs_though_its_queue_is_read_anew() {
    let disk = MemoryDisk::default();
    let (app, visit) = with_a_marked_mutation(&disk).await;
    app.run_mutation(__pause_and_resume_call()).await.unwrap();
    app.advance(Duration::from_secs(20)).await;
    let record = app.run_query(__record_call(visit)).await.unwrap();
    assert_eq!(record, Some(("Success".to_owned(), 1)));
}

#[tokio::test]
async fn a_shutdown_is_laid_to_the_charge_of_no_marked_mutation() {
    let disk = MemoryDisk::default();
    let (app, visit) = with_a_marked_mutation(&disk).await;
    // Actions run on until then.
    let (down, _) = tokio::join!(app.shutdown(), app.advance(Duration::from_secs(20)));
    down.unwrap();
    drop(app);
    let app = start(&disk).await;
    app.advance(Duration::from_mins(1)).await;
    let record = app.run_query(__record_call(visit)).await.unwrap();
    assert_eq!(record, Some(("Success".to_owned(), 1)));
    assert_eq!(app.run_query(__crashes_call(visit)).await.unwrap(), 0);
}

#[tokio::test]
async fn actions_whose_records_cannot_be_read_wait_until_they_can() {
    let disk = MemoryDisk::default();
    let app = start(&disk).await;
    let jobs = app.run_mutation(__waits_call(3)).await.unwrap();
    app.shutdown().await.unwrap();
    drop(app);
    let (app, store) = start_on_store(&disk).await;
    // The start has read the records; this pushes them out of memory.
    app.run_mutation(__fill_call(400)).await.unwrap();
    let mut random = fastrand::Rng::with_seed(1);
    (0..20).for_each(|_| store.tend(&mut random));
    disk.blind("base");
    let refused = disk.refused();
    app.advance(Duration::from_hours(1)).await;
    until("refused", async || disk.refused() > refused).await;
    disk.heal();
    let success = Some(("Success".to_owned(), 1));
    for job in jobs {
        let mut left = 10_000;
        while app.run_query(__record_call(job)).await.unwrap() != success {
            app.advance(Duration::from_secs(1)).await;
            std::thread::yield_now();
            left -= 1;
            assert_ne!(left, 0, "it never runs");
        }
    }
}

/// What is not parked would run, and fail for good.
#[tokio::test]
async fn nothing_runs_when_it_cannot_be_recorded_which_jobs_the_program_can_run() {
    let disk = MemoryDisk::default();
    let app = start(&disk).await;
    let jobs = app.run_mutation(__waits_call(3)).await.unwrap();
    app.run_mutation(__fill_call(400)).await.unwrap();
    app.shutdown().await.unwrap();
    drop(app);

    let (env, _) = Env::simulated(START, 2);
    let store = open(&disk, &env);
    let hook = {
        let (store, disk) = (store.clone(), disk.clone());
        move |point| {
            if point == PausePoint::StaleLookedFor {
                // What was looked at is read again, so that it can be changed.
                let mut random = fastrand::Rng::with_seed(1);
                (0..20).for_each(|_| store.tend(&mut random));
                disk.blind("base");
            }
        }
    };
    let knobs = Knobs { stale_jobs: StaleJobs::Park, ..Knobs::default() };
    let without_them = Registry::new().function::<__record>().table::<Page>();
    let builder = App::builder(without_them).env(with_pauses(env, hook)).knobs(knobs);
    let started = builder.start_on(store, FileStore::memory()).await;
    assert_eq!(started.err().unwrap().code(), "UnrecordedStaleJobs");

    disk.heal();
    let app = start(&disk).await;
    app.advance(Duration::from_hours(2)).await;
    for job in jobs {
        assert_eq!(app.run_query(__record_call(job)).await.unwrap(), Some(("Success".to_owned(), 1)));
    }
}

/// Waits for what the store's own threads have to do with.
async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    for _ in 0..1_000_000 {
        if condition().await {
            return;
        }
        tokio::task::yield_now().await;
        std::thread::yield_now();
    }
    panic!("it never becomes {what}");
}
