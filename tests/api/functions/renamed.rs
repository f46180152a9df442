//! What a later version of the program has in the place of functions of this one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mainspring::{
    ActionCtx, Id, MutationCtx, Result, ScheduledFunction, internal_action, internal_mutation, mutation,
    value,
};
use mainspring_tests::functions::flow::{LETTERS, REPORTS};
use mainspring_tests::functions::orders::{self, Placed};
use mainspring_tests::tables::Event;

/// The same function under another name.
#[internal_mutation(renamed_from = "keys:note")]
pub(crate) async fn anew(ctx: &MutationCtx, text: String) -> Result<()> {
    ctx.db.insert(Event { text: format!("anew: {text}"), at: ctx.now() }).await?;
    Ok(())
}

/// The same function, renamed once more.
#[internal_mutation(renamed_from = ["keys:note", "renamed:anew"])]
pub(crate) async fn once_more(ctx: &MutationCtx, text: String) -> Result<()> {
    ctx.db.insert(Event { text: format!("once more: {text}"), at: ctx.now() }).await?;
    Ok(())
}

/// The same function, which waits elsewhere, and apart for each text.
#[internal_mutation(renamed_from = "keys:note", queue = REPORTS, concurrency = 1, per = text)]
pub(crate) async fn note_elsewhere(ctx: &MutationCtx, text: String) -> Result<()> {
    ctx.db.insert(Event { text: format!("elsewhere: {text}"), at: ctx.now() }).await?;
    Ok(())
}

/// The same function with another argument.
#[internal_mutation(renamed_from = "keys:note")]
pub(crate) async fn with_a_number(_ctx: &MutationCtx, text: u32) -> u32 {
    text
}

/// Schedules [`with_a_number`] in the place of what has the key.
#[mutation]
pub(crate) async fn number_last(ctx: &MutationCtx, key: String) -> Result<()> {
    let _ = ctx.scheduler.run_after(Duration::from_secs(30), __with_a_number_call(7)).replace(key).await?;
    Ok(())
}

/// What was the action `retries:hang`, as a mutation.
#[internal_mutation(renamed_from = "retries:hang")]
pub(crate) async fn hang_inside(ctx: &MutationCtx) -> Result<()> {
    ctx.db.insert(Event { text: "again".into(), at: ctx.now() }).await?;
    Ok(())
}

/// What was the mutation `misuse:end_the_process`, as an action.
#[internal_action(renamed_from = "misuse:end_the_process")]
pub(crate) async fn end_nothing(_ctx: &ActionCtx) {}

/// The same as `flow:letter`.
#[internal_mutation(renamed_from = "flow:letter", queue = LETTERS)]
pub(crate) async fn message(ctx: &MutationCtx, text: String) -> Result<()> {
    ctx.db.insert(Event { text, at: ctx.now() }).await?;
    Ok(())
}

/// Lets [`message`] run again, and nothing of the queue that was paused.
#[mutation]
pub(crate) async fn resume_messages(ctx: &MutationCtx) -> Result<()> {
    ctx.scheduler.resume(__message_call).await?;
    Ok(())
}

/// Resumes a queue of reports that may not be declared any more.
#[mutation]
pub(crate) async fn resume_reports(ctx: &MutationCtx) -> Result<()> {
    ctx.scheduler.resume_queue(&REPORTS).await?;
    Ok(())
}

/// The same as `orders:place`.
#[mutation(renamed_from = "orders:place")]
pub(crate) async fn place_order(ctx: &MutationCtx, item: String, cents: i64) -> Result<Placed> {
    orders::place(ctx, item, cents).await
}

/// The same arguments, and another result.
#[mutation(renamed_from = "orders:place")]
pub(crate) async fn count_orders(_ctx: &MutationCtx, item: String, cents: i64) -> String {
    format!("{item} {cents}")
}

/// Whether a [`Picky`] refuses everything.
pub(crate) static REFUSES: AtomicBool = AtomicBool::new(false);

/// A text that the program may come to refuse while its type stays the same.
#[value]
#[serde(try_from = "String", into = "String")]
#[derive(Clone)]
pub(crate) struct Picky(String);

impl TryFrom<String> for Picky {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        if REFUSES.load(Ordering::Relaxed) { Err("not today") } else { Ok(Self(text)) }
    }
}

impl From<Picky> for String {
    fn from(picky: Picky) -> Self {
        picky.0
    }
}

/// Takes it.
#[internal_mutation]
pub(crate) async fn pick(_ctx: &MutationCtx, text: Picky) -> Result<()> {
    let _ = text;
    Ok(())
}

/// Schedules [`pick`] for a second later.
#[mutation]
pub(crate) async fn pick_later(ctx: &MutationCtx) -> Result<Id<ScheduledFunction>> {
    let call = __pick_call(Picky("x".to_owned()));
    Ok(ctx.scheduler.run_after(Duration::from_secs(1), call).await?)
}
