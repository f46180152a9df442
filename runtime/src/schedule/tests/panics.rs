//! Panics of the framework around what it runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mainspring::{
    ActionCtx, Error, MutationCtx, Registry, Result, internal_action, internal_mutation, mutation, value,
};

use super::ends::{self, Job, record_of, running};
use crate::env::PausePoint;
use crate::testing::TestApp;

/// What is scheduled.
#[value]
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Soon {
    Mutation,
    Action,
    /// An action that fails at first.
    Stumbling,
    /// A mutation that fails at first, and is tried again later than what panics.
    StumblingInside,
    /// An action that fails, which somebody is told of.
    Refusing,
}

#[internal_action(retry(max_attempts = 3, backoff = "1s", jitter = false))]
pub(crate) async fn stumble(ctx: &ActionCtx) -> Result<()> {
    if ctx.attempt() == 1 { Err(Error::msg("it stumbled")) } else { Ok(()) }
}

#[internal_mutation(retry(max_attempts = 3, backoff = "10s", jitter = false))]
pub(crate) async fn stumble_inside(ctx: &MutationCtx) -> Result<()> {
    if ctx.attempt() == 1 { Err(Error::msg("it stumbled")) } else { Ok(()) }
}

#[mutation]
pub(crate) async fn soon(ctx: &MutationCtx, what: Soon) -> Result<Job> {
    let (scheduler, delay) = (&ctx.scheduler, Duration::ZERO);
    Ok(match what {
        Soon::Mutation => scheduler.run_after(delay, ends::__behave_call()).await?,
        Soon::Action => scheduler.run_after(delay, ends::__behave_outside_call()).await?,
        Soon::Stumbling => scheduler.run_after(delay, __stumble_call()).await?,
        Soon::StumblingInside => scheduler.run_after(delay, __stumble_inside_call()).await?,
        Soon::Refusing => scheduler.run_after(delay, ends::__refuse_call("it".to_owned())).await?,
    })
}

/// What a function leaves behind that waits for what it must not wait for.
struct Trap;

impl Drop for Trap {
    fn drop(&mut self) {
        panic!("it snaps");
    }
}

#[mutation(allow_nondeterminism = "it waits for others")]
pub(crate) async fn step_into_a_trap(_ctx: &MutationCtx) {
    let _trap = Trap;
    tokio::task::yield_now().await;
}

#[tokio::test]
async fn what_panics_when_a_call_is_given_up_fails_that_call_alone() {
    let app = TestApp::new(Registry::new().function::<__step_into_a_trap>()).await;
    for _ in 0..2 {
        let error = app.run_mutation(__step_into_a_trap_call()).await.unwrap_err();
        assert_eq!((error.code(), error.to_string().contains("it snaps")), ("Panicked", true), "{error}");
    }
}

/// Wherever it is, what has not run yet runs, what has run does not again unless it may, and nobody waits for another start of
/// the process.
#[tokio::test]
async fn what_panics_around_a_function_keeps_no_place_and_leaves_no_job_behind() {
    use PausePoint as P;
    let registry =
        ends::registry().function::<__soon>().function::<__stumble>().function::<__stumble_inside>();
    let panicked = "the framework panicked while it ran this function";
    let all = [
        (P::MutationDue, Soon::Mutation, (1, None)),
        (P::MutationCommitted, Soon::Mutation, (1, None)),
        (P::ActionDue, Soon::Action, (1, None)),
        (P::ClaimWritten, Soon::Action, (1, None)),
        (P::ClaimCommitted, Soon::Action, (1, None)),
        (P::ClaimDurable, Soon::Action, (1, Some(panicked))),
        (P::ActionReturned, Soon::Action, (1, Some(panicked))),
        (P::SuccessWritten, Soon::Action, (1, None)),
        (P::EndCommitted, Soon::Action, (1, None)),
        (P::ActionReturned, Soon::Stumbling, (2, None)),
        (P::RetryWritten, Soon::Stumbling, (2, None)),
        (P::EndCommitted, Soon::Stumbling, (2, None)),
        (P::RetryWritten, Soon::StumblingInside, (2, None)),
        (P::EndCommitted, Soon::StumblingInside, (2, None)),
        (P::HandlerWritten, Soon::Refusing, (1, Some("2 bytes are too many"))),
        (P::FailureWritten, Soon::Refusing, (1, Some("2 bytes are too many"))),
        (P::EndCommitted, Soon::Refusing, (1, Some("2 bytes are too many"))),
    ];
    // What panics twice does so also where it is made good.
    for (times, (point, what, (attempts, error))) in
        [1, 2].into_iter().flat_map(|times| all.map(|case| (times, case)))
    {
        let panics = Arc::new(AtomicU32::new(times));
        let hook = {
            let panics = Arc::clone(&panics);
            move |passed| {
                let is_left = |left: u32| left.checked_sub(1);
                let is_here = passed == point;
                assert!(
                    !is_here || panics.fetch_update(Ordering::SeqCst, Ordering::SeqCst, is_left).is_err(),
                    "for a test"
                );
            }
        };
        let app = TestApp::with_pauses(registry.clone(), hook, |builder| builder).await;
        let job = app.run_mutation(__soon_call(what)).await.unwrap();
        app.advance(Duration::from_mins(1)).await;
        let record = record_of(&app, job).await;
        let spoilt = if (point, what) == (P::ActionReturned, Soon::Stumbling) { times - 1 } else { 0 };
        assert_eq!((record.attempts, record.error()), (attempts + spoilt, error), "{point:?} {times}");
        assert!(record.is_finished(), "{point:?} {times}");
        assert!(panics.load(Ordering::SeqCst) < times, "{point:?} was passed");
        let effects = match record.name.as_str() {
            "schedule/tests/panics:stumble" | "schedule/tests/panics:stumble_inside" => 0,
            _ if point == P::ClaimDurable => 0,
            _ => 1,
        };
        assert_eq!(app.run_query(ends::__told_call()).await.unwrap().len(), effects, "{point:?} {times}");
        assert_eq!(running(&app), 0, "{point:?} {times}");
    }
}
