//! Functions that panic in unusual places.

use std::time::Duration;

use mainspring::{
    ActionCtx, Error, FailedJob, Id, MutationCtx, Registry, Result, ScheduledFunction, internal_action,
    internal_mutation, mutation, value,
};
use mainspring_tests::functions::retries;
use mainspring_tests::tables::Event;

type Job = Id<ScheduledFunction>;

/// The test application with the functions of this module.
pub(crate) fn registry() -> Registry {
    mainspring_tests::registry()
        .function::<__act_later>()
        .function::<__act>()
        .function::<__act_twice>()
        .function::<__mutate_later>()
        .function::<__mutate>()
        .function::<__mutate_twice>()
        .function::<__despair>()
}

/// Panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "dropped");
    }
}

/// A result that panics when it is dropped.
#[value]
pub(crate) struct Fragile {
    pub(crate) bomb: bool,
}

impl Drop for Fragile {
    fn drop(&mut self) {
        assert!(!self.bomb || std::thread::panicking(), "dropped");
    }
}

fn end(how: &str) -> Result<Fragile> {
    match how {
        "result's drop" => Ok(Fragile { bomb: true }),
        "function" => panic!("at once"),
        "panic's drop" => std::panic::panic_any(Bomb),
        _ => Ok(Fragile { bomb: false }),
    }
}

/// Panics in the way that `how` says; for `future's drop`, when it has run for too long.
#[internal_action(on_failure = __despair_call)]
pub(crate) async fn act(ctx: &ActionCtx, how: String) -> Result<Fragile> {
    ctx.run_mutation(retries::__note_call("acted".into())).await?;
    if how == "future's drop" {
        let _bomb = Bomb;
        std::future::pending::<()>().await;
    }
    end(&how)
}

/// The same in its first attempt.
#[internal_action(retry(max_attempts = 2, backoff = "1s", jitter = false), on_failure = __despair_call)]
pub(crate) async fn act_twice(ctx: &ActionCtx, how: String) -> Result<Fragile> {
    act(ctx, if ctx.attempt() == 1 { how } else { String::new() }).await
}

/// The same in a transaction.
#[internal_mutation(on_failure = __despair_call)]
pub(crate) async fn mutate(ctx: &MutationCtx, how: String, event: Id<Event>) -> Result<Fragile> {
    if how == "change's drop" {
        let bomb = Bomb;
        let change = move |_: &mut Event| {
            let _ = &bomb;
        };
        ctx.db.commute(event, change).await?;
        return Err(Error::msg("it is not committed"));
    }
    end(&how)
}

/// The same in its first attempt.
#[internal_mutation(retry(max_attempts = 2, backoff = "1s", jitter = false), on_failure = __despair_call)]
pub(crate) async fn mutate_twice(ctx: &MutationCtx, how: String, event: Id<Event>) -> Result<Fragile> {
    mutate(ctx, if ctx.attempt() == 1 { how } else { String::new() }, event).await
}

/// Learns of a failure, notes that, and fails.
#[internal_mutation(retry(max_attempts = 2, backoff = "1s", jitter = false))]
pub(crate) async fn despair(ctx: &MutationCtx, failed: FailedJob) -> Result<()> {
    assert!(ctx.attempt() > 1, "{} has failed", failed.name);
    ctx.run_mutation(retries::__note_call(format!("{}: {}", failed.name, failed.error))).await
}

/// Schedules an [`act`].
#[mutation]
pub(crate) async fn act_later(ctx: &MutationCtx, how: String, twice: bool) -> Result<Job> {
    let scheduler = &ctx.scheduler;
    Ok(if twice {
        scheduler.run_after(Duration::ZERO, __act_twice_call(how)).await?
    } else {
        scheduler.run_after(Duration::ZERO, __act_call(how)).await?
    })
}

/// Schedules a [`mutate`].
#[mutation]
pub(crate) async fn mutate_later(ctx: &MutationCtx, how: String, twice: bool) -> Result<Job> {
    let event = ctx.db.insert(Event { text: "to be changed".into(), at: ctx.now() }).await?;
    let scheduler = &ctx.scheduler;
    Ok(if twice {
        scheduler.run_after(Duration::ZERO, __mutate_twice_call(how, event)).await?
    } else {
        scheduler.run_after(Duration::ZERO, __mutate_call(how, event)).await?
    })
}
