//! What crons do when the disk cannot be read for a while, and what a start logs of them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mainspring::{
    App, CronSchedule, CronStatus, Crons, Env, Knobs, MutationCtx, Queue, Registry, Result, StaleJobs,
    VirtualClock, internal_mutation, mutation,
};

use super::lines::Lines;
use super::{__fill, __fill_call, Page, open};
use crate::env::PausePoint;
use crate::function::FileStore;
use crate::store::Store;
use crate::store::testing::MemoryDisk;
use crate::testing::{START, TestApp, with_pauses};

const HOUR: Duration = Duration::from_hours(1);
const SECOND: Duration = Duration::from_secs(1);

#[internal_mutation]
pub(crate) async fn beat(_ctx: &MutationCtx, text: String) {
    drop(text);
}

/// Makes a cron that is too large to stay in memory.
#[mutation]
pub(crate) async fn hourly(ctx: &MutationCtx) -> Result<()> {
    let text = "beat".repeat(15_000);
    ctx.crons.register("hourly", CronSchedule::hourly(0), __beat_call(text)).await?;
    Ok(())
}

const HELD: Queue = Queue::new("held");

/// Waits in a queue that is paused.
#[internal_mutation(queue = HELD)]
pub(crate) async fn note(_ctx: &MutationCtx, text: String) {
    drop(text);
}

/// What [`note`] became.
#[internal_mutation(renamed_from = "schedule/tests/crons:note")]
pub(crate) async fn note_number(_ctx: &MutationCtx, text: u32) {
    let _ = text;
}

#[mutation]
pub(crate) async fn hold(ctx: &MutationCtx) -> Result<()> {
    Ok(ctx.scheduler.pause_queue(&HELD).await?)
}

fn registry() -> Registry {
    Registry::new().function::<__beat>().function::<__fill>().function::<__hourly>().table::<Page>()
}

/// An application over a disk, which does `hook` at the named points.
async fn start(
    disk: &MemoryDisk,
    hook: impl Fn(PausePoint) + Send + Sync + 'static,
) -> (App, VirtualClock, Store) {
    let (env, clock) = Env::simulated(START, 1);
    let store = open(disk, &env);
    let builder = App::builder(registry()).env(with_pauses(env, hook));
    (builder.start_on(store.clone(), FileStore::memory()).await.unwrap(), clock, store)
}

/// Pushes what nobody is reading out of memory.
async fn make_cold(app: &App, store: &Store) {
    app.run_mutation(__fill_call(400)).await.unwrap();
    let mut random = fastrand::Rng::with_seed(1);
    (0..20).for_each(|_| store.tend(&mut random));
}

async fn settle() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}

/// Lets time pass second by second until the condition holds.
async fn pass_until(clock: &VirtualClock, mut condition: impl AsyncFnMut() -> bool) {
    for _ in 0..1_000 {
        settle().await;
        if condition().await {
            return;
        }
        clock.advance(SECOND);
        std::thread::yield_now();
    }
    panic!("it never comes");
}

async fn status(app: &App) -> CronStatus {
    app.crons().await.unwrap().remove(0)
}

/// The slots that have run, oldest first.
async fn slots(app: &App) -> Vec<String> {
    status(app).await.runs.into_iter().rev().map(|run| run.slot[11..].to_owned()).collect()
}

/// Lets the disk heal, after which the slot runs, and an hour pass. Its slots are then as expected.
async fn heals(disk: &MemoryDisk, app: &App, clock: &VirtualClock, expected: &[&str]) {
    disk.heal();
    pass_until(clock, async || slots(app).await == expected[..expected.len() - 1]).await;
    clock.advance(59 * 60 * SECOND);
    pass_until(clock, async || slots(app).await.len() >= expected.len()).await;
    assert_eq!(slots(app).await, expected);
}

#[tokio::test]
async fn a_slot_runs_once_though_its_cron_could_not_be_read_when_it_was_due() {
    let (disk, lines) = (MemoryDisk::default(), Lines::default());
    let _guard = tracing::subscriber::set_default(lines.clone());
    let (app, clock, store) = start(&disk, |_| ()).await;
    app.run_mutation(__hourly_call()).await.unwrap();
    settle().await;
    make_cold(&app, &store).await;
    disk.blind("base");
    clock.advance(HOUR);
    let failures = || lines.that_begin_with("crons could not be read: trying again in a second").len();
    pass_until(&clock, async || failures() >= 3).await;
    heals(&disk, &app, &clock, &["09:00", "10:00"]).await;
}

#[tokio::test]
async fn a_slot_runs_once_though_its_run_could_not_be_started_when_it_was_due() {
    let (disk, lines) = (MemoryDisk::default(), Lines::default());
    let _guard = tracing::subscriber::set_default(lines.clone());
    let is_to_fail = Arc::new(AtomicBool::new(false));
    let hook = {
        let (disk, is_to_fail) = (disk.clone(), Arc::clone(&is_to_fail));
        move |point| {
            if point == PausePoint::CronRunWritten && is_to_fail.load(Ordering::Relaxed) {
                disk.blind("base");
            }
        }
    };
    let (app, clock, store) = start(&disk, hook).await;
    app.run_mutation(__hourly_call()).await.unwrap();
    clock.advance(HOUR);
    pass_until(&clock, async || slots(&app).await == ["09:00"]).await;
    make_cold(&app, &store).await;
    is_to_fail.store(true, Ordering::Relaxed);
    clock.advance(HOUR);
    let start = "a cron's run could not be started: trying again in a second";
    pass_until(&clock, async || !lines.that_begin_with(start).is_empty()).await;
    is_to_fail.store(false, Ordering::Relaxed);
    heals(&disk, &app, &clock, &["09:00", "10:00", "11:00"]).await;
}

#[tokio::test]
async fn crons_are_put_right_after_a_clock_that_was_wrong_when_they_can_be_read_again() {
    let (disk, lines) = (MemoryDisk::default(), Lines::default());
    let _guard = tracing::subscriber::set_default(lines.clone());
    let (app, clock, store) = start(&disk, |_| ()).await;
    app.run_mutation(__hourly_call()).await.unwrap();
    settle().await;
    clock.set(START + 48 * HOUR);
    pass_until(&clock, async || slots(&app).await == ["08:00"]).await;
    make_cold(&app, &store).await;
    disk.blind("base");
    clock.set(START + HOUR - 300 * SECOND);
    let failures = || lines.that_begin_with("crons could not be put right: trying again in a second").len();
    pass_until(&clock, async || failures() >= 3).await;
    disk.heal();
    pass_until(&clock, async || slots(&app).await.len() == 2).await;
    // The latter two days ahead.
    assert_eq!(slots(&app).await, ["09:00", "08:00"]);
    let wrong = lines.that_begin_with("the clock was wrong: this cron goes on from the present time");
    assert_eq!(wrong, ["cron=\"hourly\" until=2027-01-17T08:00:00Z"]);
}

fn two_crons(crons: &mut Crons) {
    crons.hourly("stays", 0, __beat_call("beat".into()));
    crons.hourly("goes", 30, __beat_call("beat".into()));
}

fn one_cron(crons: &mut Crons) {
    crons.hourly("stays", 0, __beat_call("beat".into()));
}

#[tokio::test]
async fn a_start_logs_the_time_zone_data_and_which_crons_come_and_go() {
    let (disk, lines) = (MemoryDisk::default(), Lines::default());
    let _guard = tracing::subscriber::set_default(lines.clone());
    for (number, declare) in [two_crons as fn(&mut Crons), one_cron].into_iter().enumerate() {
        let app = TestApp::on(registry().crons(declare), |env| open(&disk, &env)).await;
        let tzdata = format!("tzdata=\"{}\"", crate::dialect::tzdata_version());
        assert_eq!(lines.that_begin_with("starting"), vec![tzdata; number + 1]);
        let gone = lines.that_begin_with("the code declares this cron no more: removed");
        assert_eq!(gone, ["cron=\"goes\""][..number]);
        app.shutdown().await.unwrap();
    }
}

/// A run is parked by a program that takes another argument, under which its cron starts the next one.
#[tokio::test]
async fn a_run_that_is_passed_over_is_logged_with_its_cron_and_its_slot() {
    let (disk, lines) = (MemoryDisk::default(), Lines::default());
    let _guard = tracing::subscriber::set_default(lines.clone());
    let of_texts = || {
        let program = Registry::new().function::<__note>().function::<__hold>();
        program.crons(|crons| {
            crons.hourly("notes", 0, __note_call("a".into()));
        })
    };
    let of_numbers = || {
        let program = Registry::new().function::<__note_number>();
        program.crons(|crons| {
            crons.hourly("notes", 0, __note_number_call(1));
        })
    };
    for (start, program) in [(0, of_texts()), (2, of_numbers()), (4, of_texts())] {
        let (env, clock) = Env::simulated(START + start * HOUR, u64::from(start));
        let knobs = Knobs { stale_jobs: StaleJobs::Park, ..Knobs::default() };
        let builder = App::builder(program).env(env.clone()).knobs(knobs);
        let app = builder.start_on(open(&disk, &env), FileStore::memory()).await.unwrap();
        if start == 0 {
            app.run_mutation(__hold_call()).await.unwrap();
        }
        settle().await;
        clock.advance(HOUR);
        pass_until(&clock, async || !slots(&app).await.is_empty()).await;
        app.shutdown().await.unwrap();
    }
    let passed_over = lines.that_begin_with("passed over: the cron has started another run");
    assert_eq!(passed_over, ["cron=\"notes\" slot=\"2027-01-15T09:00\""]);
}
