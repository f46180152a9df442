//! Functions for the edges of what the scheduler promises.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mainspring::{
    ActionCtx, CallError, DbError, Error, FailedJob, Id, MutationCtx, Order, Registry, Result, Retry,
    ScheduleError, Scheduled, ScheduledFunction, internal_action, internal_mutation, mutation,
};
use mainspring_tests::functions::{flow, retries};
use mainspring_tests::tables::Event;

use super::renamed;
use crate::company::{here, in_between};

type Job = Id<ScheduledFunction>;

/// The test application with the functions of this module.
pub(crate) fn registry() -> Registry {
    mainspring_tests::registry()
        .function::<__stand_in_the_way>()
        .function::<__let_through>()
        .function::<__stand_and_let_through>()
        .function::<__lead>()
        .function::<__follow>()
        .function::<__ponder>()
        .function::<__lead_and_ponder>()
        .function::<__charge>()
        .function::<__charge_last>()
        .function::<__fail_in_own_words>()
        .function::<__fail_later>()
        .function::<__outlast>()
        .function::<__outlast_later>()
        .function::<__at_last>()
        .function::<__slow_under>()
        .function::<__give_up>()
        .function::<__double_once>()
        .function::<__give_up_later>()
        .function::<__move_over>()
        .function::<__move_over_last>()
        .function::<__regret>()
        .function::<__put_aside>()
        .function::<__look_at_itself>()
        .function::<__look_at_itself_later>()
        .function::<__linger>()
        .function::<__linger_later>()
        .function::<__tell_who_calls>()
        .function::<__tell_who_calls_outside>()
        .function::<__look_who_calls>()
        .function::<__carry_on>()
        .function::<__carry_on_later>()
}

/// A later version, in which `keys:note` has another name.
pub(crate) fn later() -> Registry {
    Registry::new()
        .table::<Event>()
        .function::<retries::__record>()
        .function::<renamed::__anew>()
        .function::<__note_anew_once>()
        .function::<__note_anew_last>()
}

/// Functions of which each handles the failures of the other.
pub(crate) fn in_a_circle() -> Registry {
    Registry::new().table::<Event>().function::<__round>().function::<__and_round>()
}

/// Notes who charges what under which key. One is never enough.
#[internal_action(retry(max_attempts = 9, backoff = "1s", jitter = false))]
pub(crate) async fn charge(ctx: &ActionCtx, amount: u32) -> Result<()> {
    let text = format!("{amount} by {}", ctx.idempotency_key());
    ctx.run_mutation(retries::__note_call(text)).await?;
    if amount == 1 { Err(Error::msg("no answer")) } else { Ok(()) }
}

/// Charges this instead of what was to be charged before.
#[mutation]
pub(crate) async fn charge_last(ctx: &MutationCtx, amount: u32) -> Result<Job> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, __charge_call(amount)).replace("charge").await?.id())
}

/// An application's own error.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OwnError {
    #[error("in own words")]
    Call(#[source] CallError),
    #[error("in own words")]
    Db(#[from] DbError),
    /// Which hides what it is.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
}

/// Fails with an error of the application that rests on one of the framework.
#[internal_action(retry(max_attempts = 2, jitter = false))]
pub(crate) async fn fail_in_own_words(ctx: &ActionCtx, how: String) -> Result<()> {
    let own = match &*how {
        "call" => OwnError::Call(CallError::FunctionNotFound { path: "no:such".into() }),
        "limit" => OwnError::Db(DbError::InvalidCursor),
        "key" => {
            let _ = ctx.scheduler.run_after(Duration::ZERO, __charge_call(2)).unique("").await?;
            return Ok(());
        }
        _ => OwnError::Db(DbError::NotUnique { table: "events" }),
    };
    Err(own.into())
}

/// Schedules a [`fail_in_own_words`].
#[mutation]
pub(crate) async fn fail_later(ctx: &MutationCtx, how: String) -> Result<Job> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, __fail_in_own_words_call(how)).await?)
}

/// Takes longer than a transaction may in its first run, finds out when it schedules, and says so in its own words.
#[internal_mutation(allow_nondeterminism = "time passes")]
pub(crate) async fn outlast(ctx: &MutationCtx) -> Result<(), OwnError> {
    let is_first = here(|here| {
        here.runs += 1;
        if here.runs == 1 {
            here.advance(Duration::from_secs(2));
        }
        here.runs == 1
    });
    // It is looked at the clock now and then only.
    for _ in 0..8 {
        ctx.scheduler.run_after(Duration::from_hours(1), flow::__note_call(format!("{is_first}"))).await?;
    }
    Ok(())
}

/// Schedules an [`outlast`].
#[mutation]
pub(crate) async fn outlast_later(ctx: &MutationCtx) -> Result<Job> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, __outlast_call()).await?)
}

/// Schedules at the end of time.
#[mutation]
pub(crate) async fn at_last(ctx: &MutationCtx) -> Result<Job> {
    let call = flow::__note_call("at last".into());
    Ok(ctx.scheduler.run_after(Duration::MAX, call).retry(Retry::attempts(u32::MAX)).await?)
}

/// Schedules a [`flow::slow`] under the limits of a key of its own.
#[mutation]
pub(crate) async fn slow_under(ctx: &MutationCtx, key: String) -> Result<Job> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, flow::__slow_call("a".into(), 1)).per(key).await?)
}

/// Doubles under a key, and says everything else after it.
#[mutation]
pub(crate) async fn double_once(ctx: &MutationCtx, number: i64) -> Result<Job> {
    let scheduling = ctx.scheduler.run_after(Duration::ZERO, retries::__double_call(number)).unique("double");
    let scheduling = scheduling.retry(Retry::attempts(3)).keep_result().queue(&flow::REPORTS).per("pairs");
    Ok(scheduling.await?.id())
}

/// Gives up when it is asked to stop.
#[internal_action]
pub(crate) async fn give_up(ctx: &ActionCtx) -> Result<()> {
    ctx.cancelled().await;
    Err(Error::msg("given up"))
}

/// Schedules a [`give_up`].
#[mutation]
pub(crate) async fn give_up_later(ctx: &MutationCtx) -> Result<Job> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, __give_up_call()).await?)
}

/// Is replaced by a run in the queue of reports, ten minutes later, while it runs for the first time, and fails.
#[internal_mutation(allow_nondeterminism = "it has company", on_failure = __regret_call)]
pub(crate) async fn move_over(ctx: &MutationCtx, elsewhere: bool) -> Result<()> {
    if elsewhere {
        return retries::note(ctx, "moved".to_owned()).await;
    }
    in_between(|app| Box::pin(async move { app.run_mutation(__move_over_last_call(true)).await.map(drop) }));
    Err(Error::msg("one too many"))
}

/// Runs until the process ends.
#[internal_action(queue = flow::REPORTS, on_failure = __regret_call)]
pub(crate) async fn linger(ctx: &ActionCtx) {
    ctx.cancelled().await;
}

#[mutation]
pub(crate) async fn linger_later(ctx: &MutationCtx) -> Result<Job> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, __linger_call()).await?)
}

/// Notes what its own record says while it runs.
#[internal_mutation]
pub(crate) async fn look_at_itself(ctx: &MutationCtx) -> Result<()> {
    let last = ctx.db.system().query::<ScheduledFunction>().order(Order::Descending).first().await?;
    retries::note(ctx, format!("{:?}", last.map(|record| record.value.state))).await
}

#[mutation]
pub(crate) async fn look_at_itself_later(ctx: &MutationCtx) -> Result<Job> {
    Ok(ctx.scheduler.run_after(Duration::from_mins(1), __look_at_itself_call()).await?)
}

/// Schedules a function in the place of the one before, among the reports if that is said.
#[mutation]
pub(crate) async fn put_aside(ctx: &MutationCtx, is_action: bool, aside: bool) -> Result<Job> {
    let scheduling = if is_action {
        ctx.scheduler.run_after(Duration::ZERO, retries::__deliver_call(0, String::new()))
    } else {
        ctx.scheduler.run_after(Duration::ZERO, retries::__note_call("noted".to_owned()))
    };
    let scheduling = if aside { scheduling.queue(&flow::REPORTS) } else { scheduling };
    Ok(scheduling.replace("aside").await?.id())
}

#[internal_mutation]
pub(crate) async fn regret(ctx: &MutationCtx, failed: FailedJob) -> Result<()> {
    retries::note(ctx, failed.error).await
}

/// Schedules a [`move_over`] in the place of the one before, among the reports if that is said.
#[mutation]
pub(crate) async fn move_over_last(ctx: &MutationCtx, elsewhere: bool) -> Result<Job> {
    let delay = if elsewhere { Duration::from_mins(10) } else { Duration::ZERO };
    let scheduling = ctx.scheduler.run_after(delay, __move_over_call(elsewhere));
    let scheduling = if elsewhere { scheduling.queue(&flow::REPORTS) } else { scheduling };
    Ok(scheduling.replace("move over").await?.id())
}

/// Under a key that a job of `keys:note`, as the function was called before, may hold.
#[mutation]
pub(crate) async fn note_anew_once(ctx: &MutationCtx, key: String) -> Result<(bool, Job)> {
    let call = renamed::__anew_call("second".into());
    let scheduled = ctx.scheduler.run_after(Duration::ZERO, call).unique(key).await?;
    Ok((matches!(scheduled, Scheduled::Existing(_)), scheduled.id()))
}

/// The same in the place of that job.
#[mutation]
pub(crate) async fn note_anew_last(ctx: &MutationCtx, key: String) -> Result<Job> {
    let call = renamed::__anew_call("last".into());
    Ok(ctx.scheduler.run_after(Duration::ZERO, call).replace(key).await?.id())
}

/// Handles the failures of [`and_round`].
#[internal_mutation(on_failure = __and_round_call)]
pub(crate) async fn round(_ctx: &MutationCtx, failed: FailedJob) -> Result<()> {
    Err(Error::msg(failed.error))
}

/// Handles the failures of [`round`].
#[internal_mutation(on_failure = __round_call)]
pub(crate) async fn and_round(_ctx: &MutationCtx, failed: FailedJob) -> Result<()> {
    Err(Error::msg(failed.error))
}

/// Takes a map, whose order is another each time that it is made.
#[mutation]
pub(crate) async fn count_stock(ctx: &MutationCtx, stock: HashMap<String, u32>) -> Result<u32> {
    ctx.db.insert(Event { text: "counted".into(), at: ctx.now() }).await?;
    Ok(stock.values().sum())
}

/// Whether [`let_through`] has run.
static IS_OPEN: AtomicBool = AtomicBool::new(false);

/// Keeps its thread until [`let_through`] has run, or seconds have passed.
#[internal_mutation(allow_nondeterminism = "it keeps its thread")]
pub(crate) async fn stand_in_the_way(_ctx: &MutationCtx) -> Result<()> {
    // The pool is what it fills, and not a thread of the runtime too, with what waits for that thread.
    tokio::task::block_in_place(|| {
        for _ in 0..5_000 {
            if IS_OPEN.load(Ordering::Acquire) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        Err(Error::app("no action has run beside it"))
    })
}

/// Lets [`stand_in_the_way`] end.
#[internal_action]
pub(crate) async fn let_through(_ctx: &ActionCtx) {
    IS_OPEN.store(true, Ordering::Release);
}

/// Schedules one that takes the only place for mutations, and then an action.
#[mutation]
pub(crate) async fn stand_and_let_through(ctx: &MutationCtx) -> Result<Job> {
    let standing = ctx.scheduler.run_after(Duration::ZERO, __stand_in_the_way_call()).await?;
    ctx.scheduler.run_after(Duration::from_millis(1), __let_through_call()).await?;
    Ok(standing)
}

static HAS_FOLLOWED: AtomicBool = AtomicBool::new(false);

#[internal_action]
pub(crate) async fn follow(_ctx: &ActionCtx) {
    HAS_FOLLOWED.store(true, Ordering::Release);
}

#[internal_mutation]
pub(crate) async fn lead(ctx: &MutationCtx) -> Result<()> {
    ctx.scheduler.run_after(Duration::ZERO, __follow_call()).await?;
    Ok(())
}

/// Computes until [`follow`] has begun, on the thread that it is on.
#[internal_mutation(allow_nondeterminism = "it computes for long")]
pub(crate) async fn ponder(_ctx: &MutationCtx) -> Result<()> {
    for _ in 0..10_000 {
        if HAS_FOLLOWED.load(Ordering::Acquire) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Err(Error::app("no action has run beside it"))
}

/// Schedules one that schedules an action, and one that computes for long.
#[mutation]
pub(crate) async fn lead_and_ponder(ctx: &MutationCtx) -> Result<Job> {
    ctx.scheduler.run_after(Duration::ZERO, __lead_call()).await?;
    Ok(ctx.scheduler.run_after(Duration::ZERO, __ponder_call()).await?)
}

/// Notes who calls.
#[internal_mutation]
pub(crate) async fn tell_who_calls(ctx: &MutationCtx, whom: String) -> Result<()> {
    let text = format!("{whom}: {:?}", ctx.auth.identity().map(|identity| &identity.subject));
    ctx.db.insert(Event { text, at: ctx.now() }).await?;
    Ok(())
}

/// Notes who calls, and whom that is told to whom it calls.
#[internal_action]
pub(crate) async fn tell_who_calls_outside(ctx: &ActionCtx) -> Result<()> {
    let whom = format!("an action, {:?}", ctx.auth.identity().map(|identity| &identity.subject));
    ctx.run_mutation(__tell_who_calls_call(whom)).await
}

/// Has a mutation and an action note who calls, now and later.
#[mutation]
pub(crate) async fn look_who_calls(ctx: &MutationCtx) -> Result<()> {
    tell_who_calls(ctx, "at once".into()).await?;
    ctx.scheduler.run_after(Duration::ZERO, __tell_who_calls_call("a mutation".into())).await?;
    ctx.scheduler.run_after(Duration::from_secs(1), __tell_who_calls_outside_call()).await?;
    Ok(())
}

/// Is at work for five seconds, and fails if it is asked to stop meanwhile.
#[internal_action]
pub(crate) async fn carry_on(ctx: &ActionCtx) -> Result<()> {
    ctx.sleep(Duration::from_secs(5)).await;
    if ctx.is_cancelled() { Err(Error::msg("it was asked to stop")) } else { Ok(()) }
}

/// Schedules a [`carry_on`].
#[mutation]
pub(crate) async fn carry_on_later(ctx: &MutationCtx) -> Result<Job> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, __carry_on_call()).await?)
}
