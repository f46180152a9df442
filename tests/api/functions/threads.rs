//! Actions at work on threads that the testing kit knows, or does not.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use mainspring::{
    ActionCtx, BlockingActionCtx, Error, MutationCtx, Registry, Result, internal_action, mutation,
};
use mainspring_tests::functions::retries;

/// Whether [`dig`] is at work.
pub(crate) static BEGUN: AtomicBool = AtomicBool::new(false);

/// Whether it is done.
pub(crate) static DONE: AtomicBool = AtomicBool::new(false);

/// What [`wait_elsewhere`] waits for.
pub(crate) static RELEASE: Mutex<Option<Receiver<()>>> = Mutex::new(None);

/// The test application with the functions of this module.
pub(crate) fn registry() -> Registry {
    mainspring_tests::registry()
        .function::<__dig>()
        .function::<__dig_later>()
        .function::<__wait_elsewhere>()
        .function::<__wait_elsewhere_later>()
        .function::<__pause_and_note>()
}

/// Is at work for a while, whatever the application does.
#[internal_action]
pub(crate) fn dig(_ctx: &BlockingActionCtx) {
    BEGUN.store(true, Ordering::SeqCst);
    std::thread::sleep(Duration::from_millis(100));
    DONE.store(true, Ordering::SeqCst);
}

/// Has a thread of its own wait, of which nobody knows.
#[internal_action]
pub(crate) async fn wait_elsewhere(_ctx: &ActionCtx) -> Result<()> {
    let released =
        RELEASE.lock().expect("nobody panicked").take().ok_or_else(|| Error::msg("it waits once"))?;
    let (tell, told) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || tell.send(released.recv().is_ok()));
    if told.await? { Ok(()) } else { Err(Error::msg("nobody is there")) }
}

/// Has an effect after a while.
#[internal_action]
pub(crate) async fn pause_and_note(ctx: &ActionCtx) -> Result<()> {
    ctx.sleep(Duration::from_secs(5)).await;
    ctx.run_mutation(retries::__note_call("after all".to_owned())).await
}

/// Schedules a [`dig`].
#[mutation]
pub(crate) async fn dig_later(ctx: &MutationCtx) -> Result<()> {
    ctx.scheduler.run_after(Duration::ZERO, __dig_call()).await?;
    Ok(())
}

/// Schedules a [`wait_elsewhere`].
#[mutation]
pub(crate) async fn wait_elsewhere_later(ctx: &MutationCtx) -> Result<()> {
    ctx.scheduler.run_after(Duration::ZERO, __wait_elsewhere_call()).await?;
    Ok(())
}
