//! What is due at one instant, and how it came to be.

use std::time::Duration;

use mainspring::{MutationCtx, Queue, Registry, Result, internal_mutation, mutation};

use crate::testing::TestApp;

const OTHERS: Queue = Queue::new("others");

/// Schedules itself at once, so many times more.
#[internal_mutation]
pub(crate) async fn go_on(ctx: &MutationCtx, times: u32) -> Result<()> {
    if times > 0 {
        ctx.scheduler.run_after(Duration::ZERO, __go_on_call(times - 1)).await?;
    }
    Ok(())
}

#[internal_mutation(queue = OTHERS)]
pub(crate) async fn stay(_ctx: &MutationCtx) {}

#[mutation]
pub(crate) async fn go(ctx: &MutationCtx, times: u32) -> Result<()> {
    Ok(ctx.scheduler.run_after(Duration::ZERO, __go_on_call(times)).await.map(drop)?)
}

/// Some that are due now, in two queues, and one that is not.
#[mutation]
pub(crate) async fn crowd(ctx: &MutationCtx) -> Result<()> {
    for n in 0..400 {
        ctx.scheduler.run_after(Duration::ZERO, __go_on_call(0)).await?;
        if n < 5 {
            ctx.scheduler.run_after(Duration::ZERO, __stay_call()).await?;
        }
    }
    Ok(ctx.scheduler.run_after(Duration::from_secs(1), __stay_call()).await.map(drop)?)
}

async fn start() -> TestApp {
    let registry = Registry::new().function::<__crowd>().function::<__go>().function::<__go_on>();
    TestApp::new(registry.function::<__stay>()).await
}

#[tokio::test]
async fn generations_are_those_of_one_instant() {
    let app = start().await;
    assert_eq!(app.generations(9).await.unwrap(), 0);
    app.run_mutation(__go_call(3)).await.unwrap();
    app.run_until_idle().await;
    assert_eq!(app.generations(9).await.unwrap(), 4);
    assert_eq!(app.generations(2).await.unwrap(), 2);
    app.advance(Duration::from_micros(1)).await;
    assert_eq!(app.generations(9).await.unwrap(), 0);
}

#[tokio::test]
async fn what_is_due_is_counted_in_all_queues() {
    let app = start().await;
    app.run_mutation(__crowd_call()).await.unwrap();
    let due = app.due_now().await.unwrap();
    assert_eq!(
        (due.count, due.first),
        (405, ["go_on", "stay"].map(|name| format!("schedule/tests/unrest:{name}")).to_vec())
    );
    app.run_until_idle().await;
    let due = app.due_now().await.unwrap();
    assert_eq!((due.count, due.first), (0, Vec::new()));
}
