//! Every attempt ends, and its end is recorded, whatever stands in its way.

use std::fmt;
use std::future::{Future, IntoFuture as _, poll_fn};
use std::path::Path;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use mainspring::{
    ActionCtx, BlockingActionCtx, Error, FailedJob, Id, Knobs, MutationCtx, QueryCtx, Queue, Registry,
    Result, Retry, ScheduledFunction, ScheduledState, internal_action, internal_mutation, mutation, query,
    table,
};

use crate::app::{App, AppBuilder};
use crate::env::PausePoint;
use crate::testing::TestApp;

pub(super) type Job = Id<ScheduledFunction>;

/// What a handler was told of a failure.
#[table(name = "told")]
pub(crate) struct Told {
    error: String,
    arguments: u32,
}

/// Returns a text that takes six times as many bytes in its record.
#[internal_action]
pub(crate) async fn inflate(ctx: &ActionCtx, length: u32) -> Result<String> {
    ctx.run_mutation(__note_call("it ran".to_owned(), 0)).await?;
    Ok("\u{1}".repeat(length as usize))
}

#[mutation]
pub(crate) async fn inflate_later(ctx: &MutationCtx, length: u32) -> Result<Job> {
    let scheduling = ctx.scheduler.run_after(Duration::ZERO, __inflate_call(length));
    Ok(scheduling.keep_result().retry(Retry::attempts(3)).await?)
}

#[internal_action(on_failure = __learn_call)]
pub(crate) async fn refuse(_ctx: &ActionCtx, text: String) -> Result<()> {
    Err(Error::permanent(Error::msg(format!("{} bytes are too many", text.len()))))
}

#[mutation]
pub(crate) async fn refuse_later(ctx: &MutationCtx, length: u32) -> Result<Job> {
    let text = "x".repeat(length as usize);
    Ok(ctx.scheduler.run_after(Duration::ZERO, __refuse_call(text)).await?)
}

#[internal_mutation]
pub(crate) async fn learn(ctx: &MutationCtx, failed: FailedJob) -> Result<()> {
    let text: String = failed.argument("text")?;
    let arguments = u32::try_from(text.len()).unwrap_or(u32::MAX);
    ctx.db.insert(Told { error: failed.error, arguments }).await?;
    Ok(())
}

#[internal_mutation]
pub(crate) async fn note(ctx: &MutationCtx, error: String, arguments: u32) -> Result<()> {
    ctx.db.insert(Told { error, arguments }).await?;
    Ok(())
}

#[query]
pub(crate) async fn record(ctx: &QueryCtx, job: Job) -> Result<Option<ScheduledFunction>> {
    Ok(ctx.db.system().get(job).await?.map(|record| record.value))
}

#[query]
pub(crate) async fn told(ctx: &QueryCtx) -> Result<Vec<(String, u32)>> {
    let told = ctx.db.query::<Told>().collect().await?;
    Ok(told.into_iter().map(|told| (told.value.error, told.value.arguments)).collect())
}

/// Has room for one at a time.
const NARROW: Queue = Queue::new("narrow").parallelism(1);

/// An error that panics when it is asked for something.
#[derive(Debug)]
enum Treacherous {
    Text,
    NoText,
    Source,
    End,
}

impl Treacherous {
    const ALL: [fn() -> Self; 4] = [|| Self::Text, || Self::NoText, || Self::Source, || Self::End];
}

impl fmt::Display for Treacherous {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        assert!(!matches!(self, Self::Text), "it has no text");
        if matches!(self, Self::NoText) {
            return Err(fmt::Error);
        }
        f.write_str("it is treacherous")
    }
}

impl std::error::Error for Treacherous {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        assert!(!matches!(self, Self::Source), "it has no source");
        None
    }
}

impl Drop for Treacherous {
    fn drop(&mut self) {
        assert!(!matches!(self, Self::End), "it never goes");
    }
}

#[internal_mutation(queue = NARROW)]
pub(crate) async fn betray(_ctx: &MutationCtx, how: u32) -> Result<()> {
    Err(Treacherous::ALL[how as usize]())?
}

#[internal_action(queue = NARROW)]
pub(crate) async fn betray_outside(_ctx: &ActionCtx, how: u32) -> Result<()> {
    Err(Treacherous::ALL[how as usize]())?
}

#[internal_mutation(queue = NARROW)]
pub(crate) async fn behave(ctx: &MutationCtx) -> Result<()> {
    note(ctx, "it behaves".to_owned(), 0).await
}

#[internal_action(queue = NARROW)]
pub(crate) async fn behave_outside(ctx: &ActionCtx) -> Result<()> {
    ctx.run_mutation(__note_call("it behaves outside".to_owned(), 0)).await
}

#[mutation]
pub(crate) async fn behave_outside_later(ctx: &MutationCtx) -> Result<Job> {
    Ok(ctx.scheduler.run_after(Duration::from_millis(1), __behave_outside_call()).await?)
}

#[mutation]
pub(crate) async fn pause(ctx: &MutationCtx, queue: bool) -> Result<()> {
    if queue {
        ctx.scheduler.pause_queue(&NARROW).await?;
    } else {
        ctx.scheduler.pause(__behave_outside_call).await?;
    }
    Ok(())
}

#[mutation]
pub(crate) async fn cancel(ctx: &MutationCtx, job: Job) -> Result<bool> {
    Ok(ctx.scheduler.cancel(job).await?)
}

#[mutation]
pub(crate) async fn resume(ctx: &MutationCtx, queue: bool) -> Result<()> {
    if queue {
        ctx.scheduler.resume_queue(&NARROW).await?;
    } else {
        ctx.scheduler.resume(__behave_outside_call).await?;
    }
    Ok(())
}

/// For each test that blocks threads, how many it has blocked and whether they go on.
static BEGUN: [AtomicU32; 2] = [const { AtomicU32::new(0) }; 2];
static RELEASED: [AtomicBool; 2] = [const { AtomicBool::new(false) }; 2];

/// Lets the threads of a test go on, so that it ends though it fails.
struct Release(usize);

impl Drop for Release {
    fn drop(&mut self) {
        RELEASED[self.0].store(true, Ordering::SeqCst);
    }
}

/// Blocks its thread, whoever asks it to stop.
#[internal_action(concurrency = 1, retry(max_attempts = 2, backoff = "1s", jitter = false))]
pub(crate) fn block(_ctx: &BlockingActionCtx, test: usize) {
    BEGUN[test].fetch_add(1, Ordering::SeqCst);
    while !RELEASED[test].load(Ordering::SeqCst) {
        std::thread::yield_now();
    }
}

/// Does not wait for the one that it calls.
#[internal_action(concurrency = 1)]
pub(crate) async fn leave_blocked(ctx: &ActionCtx, test: usize) {
    let mut blocked = pin!(ctx.run_action(__block_call(test)).into_future());
    while BEGUN[test].load(Ordering::SeqCst) == 0 {
        poll_fn(|context| Poll::Ready(blocked.as_mut().poll(context).is_ready())).await;
        tokio::task::yield_now().await;
    }
}

#[mutation]
pub(crate) async fn block_later(ctx: &MutationCtx, test: usize) -> Result<Job> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, __block_call(test)).await?)
}

#[mutation]
pub(crate) async fn leave_blocked_later(ctx: &MutationCtx, test: usize) -> Result<Job> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, __leave_blocked_call(test)).await?)
}

#[internal_action]
pub(crate) async fn carry(_ctx: &ActionCtx, load: String) -> Result<()> {
    drop(load);
    Ok(())
}

/// Schedules so many actions of a MiB each.
#[mutation]
pub(crate) async fn carry_later(ctx: &MutationCtx, count: u32) -> Result<Vec<Job>> {
    let mut jobs = Vec::new();
    for _ in 0..count {
        let call = __carry_call("x".repeat(1 << 20));
        jobs.push(ctx.scheduler.run_after(Duration::from_secs(1), call).await?);
    }
    Ok(jobs)
}

/// Schedules functions that betray, and after them those that behave.
#[mutation]
pub(crate) async fn betray_later(ctx: &MutationCtx) -> Result<Vec<Job>> {
    let mut jobs = Vec::new();
    for how in 0..4 {
        jobs.push(ctx.scheduler.run_after(Duration::ZERO, __betray_call(how)).await?);
        jobs.push(ctx.scheduler.run_after(Duration::ZERO, __betray_outside_call(how)).await?);
    }
    behave_later(ctx).await?;
    Ok(jobs)
}

#[mutation]
pub(crate) async fn behave_later(ctx: &MutationCtx) -> Result<Vec<Job>> {
    let after = Duration::from_millis(1);
    Ok(vec![
        ctx.scheduler.run_after(after, __behave_call()).await?,
        ctx.scheduler.run_after(after, __behave_outside_call()).await?,
    ])
}

pub(super) fn registry() -> Registry {
    Registry::new()
        .function::<__behave>()
        .function::<__behave_later>()
        .function::<__behave_outside>()
        .function::<__behave_outside_later>()
        .function::<__cancel>()
        .function::<__pause>()
        .function::<__resume>()
        .function::<__betray>()
        .function::<__betray_later>()
        .function::<__betray_outside>()
        .function::<__block>()
        .function::<__block_later>()
        .function::<__carry>()
        .function::<__carry_later>()
        .function::<__inflate>()
        .function::<__inflate_later>()
        .function::<__learn>()
        .function::<__leave_blocked>()
        .function::<__leave_blocked_later>()
        .function::<__note>()
        .function::<__record>()
        .function::<__refuse>()
        .function::<__refuse_later>()
        .function::<__told>()
        .table::<Told>()
}

/// An application whose transactions take as much as a record does.
async fn large() -> TestApp {
    TestApp::with(registry(), |builder| {
        let mut knobs = Knobs::default();
        knobs.transaction.bytes_read = 64 << 20;
        knobs.transaction.bytes_written = 64 << 20;
        builder.knobs(knobs)
    })
    .await
}

/// How many jobs have a place.
pub(super) fn running(app: &TestApp) -> usize {
    app.backlog().queues.iter().map(|queue| queue.running).sum()
}

pub(super) async fn record_of(app: &TestApp, job: Job) -> ScheduledFunction {
    app.run_query(__record_call(job)).await.unwrap().expect("there is a record")
}

#[tokio::test]
async fn an_action_whose_result_no_record_can_keep_has_failed_and_is_not_run_again() {
    let mut app = large().await;
    let job = app.run_mutation(__inflate_later_call(6 << 20)).await.unwrap();
    app.advance(Duration::from_hours(1)).await;
    app.crash().await;
    app.advance(Duration::from_hours(1)).await;
    let record = record_of(&app, job).await;
    let error = record.error().expect("it failed");
    assert!(error.starts_with("it ran to its end, but what it returned could not be recorded: "), "{error}");
    assert!(error.contains("larger than 33554432 bytes"), "{error}");
    assert_eq!((record.attempts, record.result_json), (1, None));
    assert_eq!(app.run_query(__told_call()).await.unwrap().len(), 1, "it ran once");
}

#[tokio::test]
async fn a_result_as_large_as_a_record_can_keep_is_kept() {
    let app = large().await;
    let job = app.run_mutation(__inflate_later_call(5 << 20)).await.unwrap();
    app.run_until_idle().await;
    let record = record_of(&app, job).await;
    assert_eq!(record.result::<String>().unwrap().map(|text| text.len()), Some(5 << 20));
}

#[tokio::test]
async fn a_failure_with_the_largest_arguments_is_recorded_and_told() {
    let app = large().await;
    let length = (16 << 20) - 100;
    let job = app.run_mutation(__refuse_later_call(length)).await.unwrap();
    app.run_until_idle().await;
    let error = format!("{length} bytes are too many");
    assert_eq!(record_of(&app, job).await.error(), Some(&*error));
    assert_eq!(app.run_query(__told_call()).await.unwrap(), [(error, length)]);
}

#[tokio::test]
async fn an_error_that_panics_when_it_is_asked_or_dropped_ends_its_attempt_and_no_more() {
    let app = TestApp::new(registry()).await;
    let jobs = app.run_mutation(__betray_later_call()).await.unwrap();
    app.advance(Duration::from_secs(1)).await;
    for (number, job) in jobs.into_iter().enumerate() {
        let record = record_of(&app, job).await;
        let text = if number < 4 { "an error without a text" } else { "it is treacherous" };
        assert!(record.error().is_some_and(|error| error.contains(text)), "{number}: {record:?}");
        assert_eq!(record.attempts, 1);
    }
    let told: Vec<_> = app.run_query(__told_call()).await.unwrap().into_iter().map(|told| told.0).collect();
    assert_eq!(told, ["it behaves", "it behaves outside"]);
}

pub(super) type Deed = Arc<Mutex<Option<Box<dyn FnOnce() + Send>>>>;

/// An application in which a deed is done when it first passes a point.
pub(super) async fn does_at(point: PausePoint, folder: Option<&Path>) -> (TestApp, Deed) {
    let deed = Deed::default();
    let hook = {
        let deed = Arc::clone(&deed);
        move |passed| {
            let taken = if passed == point { deed.lock().unwrap().take() } else { None };
            if let Some(deed) = taken {
                deed();
            }
        }
    };
    let folder = folder.map(Path::to_owned);
    let setup = move |builder: AppBuilder| match &folder {
        Some(folder) => builder.data_dir(folder),
        None => builder,
    };
    (TestApp::with_pauses(registry(), hook, setup).await, deed)
}

pub(super) fn poll<T>(future: &mut Pin<Box<dyn Future<Output = T> + Send>>) -> Poll<T> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn after_a_pause_is_acknowledged_no_action_starts() {
    for point in [PausePoint::ActionDue, PausePoint::ClaimCommitted, PausePoint::ClaimDurable] {
        for queue in [false, true] {
            let (app, deed) = does_at(point, None).await;
            let job = app.run_mutation(__behave_outside_later_call()).await.unwrap();
            let pausing = App::clone(&app);
            *deed.lock().unwrap() = Some(Box::new(move || {
                let pause = async move { pausing.run_mutation(__pause_call(queue)).await };
                let mut pause: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(pause);
                while poll(&mut pause).is_pending() {
                    std::thread::yield_now();
                }
            }));
            app.advance(Duration::from_secs(1)).await;
            assert!(deed.lock().unwrap().is_none(), "{point:?} was passed");
            assert!(app.run_query(__told_call()).await.unwrap().is_empty(), "{point:?}: it did not run");
            let record = record_of(&app, job).await;
            assert_eq!((record.state, record.attempts), (ScheduledState::Pending, 0));
            app.run_mutation(__resume_call(queue)).await.unwrap();
            app.advance(Duration::from_secs(1)).await;
            let record = record_of(&app, job).await;
            assert_eq!((record.state, record.attempts), (ScheduledState::Success, 1));
        }
    }
}

#[tokio::test]
async fn an_action_that_is_canceled_before_it_begins_does_not_begin() {
    for point in [PausePoint::ActionDue, PausePoint::ClaimCommitted, PausePoint::ClaimDurable] {
        let (app, deed) = does_at(point, None).await;
        let job = app.run_mutation(__behave_outside_later_call()).await.unwrap();
        let canceling = App::clone(&app);
        *deed.lock().unwrap() = Some(Box::new(move || {
            let cancel = async move { canceling.run_mutation(__cancel_call(job)).await };
            let mut cancel: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(cancel);
            let canceled = loop {
                if let Poll::Ready(canceled) = poll(&mut cancel) {
                    break canceled;
                }
                std::thread::yield_now();
            };
            assert!(canceled.unwrap());
        }));
        let left = app.advance(Duration::from_secs(1)).await;
        assert!(deed.lock().unwrap().is_none(), "{point:?} was passed");
        assert!(left.is_empty(), "{point:?}: {left}");
        assert!(app.run_query(__told_call()).await.unwrap().is_empty(), "{point:?}: it did not run");
        assert_eq!(record_of(&app, job).await.state, ScheduledState::Canceled, "{point:?}");
    }
}

#[tokio::test]
async fn an_action_that_the_end_of_the_application_kept_from_beginning_waits_for_the_next_start() {
    // It is asked to stop, and it is cut, after its claim has committed and before it begins.
    for seconds in [10, 11] {
        let folder = tempfile::tempdir().unwrap();
        let (app, deed) = does_at(PausePoint::ClaimCommitted, Some(folder.path())).await;
        let job = app.run_mutation(__behave_outside_later_call()).await.unwrap();
        let (ending, clock) = (App::clone(&app), app.clock().clone());
        let down: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(async move { ending.shutdown().await });
        let down = Arc::new(Mutex::new(down));
        let going = Arc::clone(&down);
        *deed.lock().unwrap() = Some(Box::new(move || {
            for _ in 0..seconds {
                assert!(poll(&mut going.lock().unwrap()).is_pending(), "an action is in progress");
                clock.advance(Duration::from_secs(1));
            }
            assert!(poll(&mut going.lock().unwrap()).is_pending());
        }));
        app.advance(Duration::from_millis(1)).await;
        assert!(deed.lock().unwrap().is_none(), "it was claimed");
        poll_fn(|context| down.lock().unwrap().as_mut().poll(context)).await.unwrap();
        drop((app, down));
        let (app, _) = does_at(PausePoint::ActionDue, Some(folder.path())).await;
        app.advance(Duration::from_mins(1)).await;
        let record = record_of(&app, job).await;
        assert_eq!((record.state, record.attempts), (ScheduledState::Success, 1), "{seconds}");
    }
}

#[tokio::test]
async fn an_action_whose_thread_goes_on_after_its_time_keeps_its_place_until_that_returns() {
    let release = Release(0);
    let app = TestApp::new(registry()).await;
    let job = app.run_mutation(__block_later_call(0)).await.unwrap();
    app.advance(Duration::from_hours(1)).await;
    let record = record_of(&app, job).await;
    assert_eq!((record.state, record.attempts), (ScheduledState::Pending, 1));
    assert!(record.last_error.is_some_and(|error| error.contains("`Knobs::action_timeout`")));
    assert_eq!(BEGUN[0].load(Ordering::SeqCst), 1, "no other one runs beside it");
    assert_eq!(running(&app), 1);
    drop(release);
    app.idle().await;
    app.advance(Duration::from_secs(1)).await;
    let record = record_of(&app, job).await;
    assert_eq!((record.state, record.attempts), (ScheduledState::Success, 2));
    assert_eq!((BEGUN[0].load(Ordering::SeqCst), running(&app)), (2, 0));
}

#[tokio::test]
async fn an_action_that_leaves_a_thread_at_work_has_ended_and_keeps_its_place_until_that_returns() {
    let release = Release(1);
    let app = TestApp::new(registry()).await;
    let job = app.run_mutation(__leave_blocked_later_call(1)).await.unwrap();
    let ended = app.wait_for(job).await.unwrap();
    assert_eq!(ended.state, ScheduledState::Success, "who waits for it is told at once");
    assert_eq!(running(&app), 1);
    let other = app.run_mutation(__leave_blocked_later_call(1)).await.unwrap();
    app.advance(Duration::from_secs(1)).await;
    assert_eq!(record_of(&app, other).await.state, ScheduledState::Pending, "there is no place");
    drop(release);
    app.idle().await;
    assert_eq!(record_of(&app, other).await.state, ScheduledState::Success);
    assert_eq!(running(&app), 0);
}

#[tokio::test]
async fn bounded_is_how_much_one_transaction_claims_or_ends_or_sweeps() {
    let counts = Arc::new(Mutex::new([0; 2]));
    let most = Arc::new(Mutex::new([0; 2]));
    let [ends, sweeps] = [(); 2].map(|()| Arc::new(AtomicU32::new(0)));
    let hook = {
        let (counts, most) = (Arc::clone(&counts), Arc::clone(&most));
        let (ends, sweeps) = (Arc::clone(&ends), Arc::clone(&sweeps));
        move |point| {
            let mut counts = counts.lock().unwrap();
            match point {
                PausePoint::ClaimWritten => counts[0] += 1,
                PausePoint::ClaimCommitted => counts[0] = 0,
                PausePoint::SuccessWritten => counts[1] += 1,
                PausePoint::EndCommitted if counts[1] > 0 => {
                    ends.fetch_add(1, Ordering::SeqCst);
                    counts[1] = 0;
                }
                PausePoint::SweepCommitted => _ = sweeps.fetch_add(1, Ordering::SeqCst),
                _ => {}
            }
            most.lock().unwrap().iter_mut().zip(*counts).for_each(|(most, count)| *most = count.max(*most));
        }
    };
    let setup = |builder: AppBuilder| {
        builder.knobs(Knobs { scheduled_retention: Duration::from_hours(1), ..Knobs::default() })
    };
    let app = TestApp::with_pauses(registry(), hook, setup).await;
    let jobs = app.run_mutation(__carry_later_call(12)).await.unwrap();
    app.advance(Duration::from_mins(1)).await;
    for job in &jobs {
        assert_eq!(record_of(&app, *job).await.state, ScheduledState::Success);
    }
    let [claimed, ended] = *most.lock().unwrap();
    assert!((2..=5).contains(&claimed) && (2..=6).contains(&ended), "{claimed} {ended}");
    let ends = ends.load(Ordering::SeqCst);
    assert!(ends <= 8, "what is too much for one transaction is for the next, and not each alone: {ends}");
    app.advance(Duration::from_mins(58)).await;
    assert!(app.run_query(__record_call(jobs[0])).await.unwrap().is_some());
    let before = sweeps.load(Ordering::SeqCst);
    app.advance(Duration::from_mins(11)).await;
    for job in &jobs {
        assert!(app.run_query(__record_call(*job)).await.unwrap().is_none());
    }
    let sweeps = sweeps.load(Ordering::SeqCst) - before;
    assert!(sweeps >= 3, "{sweeps}");
}
