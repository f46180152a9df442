//! Functions of every kind.

use core::time::Duration;

use mainspring::{
    ActionCtx, BlockingActionCtx, Doc, Id, MutationCtx, QueryCtx, Result, action, internal_action,
    internal_mutation, internal_query, mutation, query,
};

use crate::internal;
use crate::tables::{Note, State};

/// The notes of an author.
///
/// # Errors
/// Those of the database.
#[query]
pub async fn by_author(ctx: &QueryCtx, author: String) -> Result<Vec<Doc<Note>>> {
    let range = Note::by_author_and_written.eq(author).lte(ctx.now());
    Ok(ctx.db.query().with_index(range).collect().await?)
}

/// A note.
///
/// # Errors
/// Those of the database.
#[internal_query]
pub async fn get(ctx: &QueryCtx, note: Id<Note>) -> Result<Option<Doc<Note>>> {
    Ok(ctx.db.get(note).await?)
}

/// Writes a note.
///
/// # Errors
/// Those of the database.
#[mutation]
pub async fn write(ctx: &MutationCtx, author: String, text: String) -> Result<Id<Note>> {
    let note = ctx.db.insert(Note { author, written: ctx.now(), text, state: None, place: None }).await?;
    let _job = ctx.scheduler.run_after(Duration::from_mins(1), internal::remind(note)).await?;
    Ok(note)
}

/// Marks a note as read.
///
/// # Errors
/// Those of the database.
#[internal_mutation]
pub async fn mark_read(ctx: &MutationCtx, note: Id<Note>) -> Result<()> {
    let at = ctx.now();
    Ok(ctx.db.patch(note, |note| note.state = Some(State::Read { at })).await?)
}

/// Forgets what nobody needs any more.
///
/// # Errors
/// Those of the database.
#[internal_mutation]
pub async fn expire(ctx: &MutationCtx) -> Result<()> {
    let notes = ctx.db.query::<Note>().take(10).await?;
    for note in notes {
        if note.state.is_some() {
            ctx.db.delete(note.id).await?;
        }
    }
    Ok(())
}

/// Reminds of a note.
///
/// # Errors
/// Those of the database.
#[internal_action]
pub async fn remind(ctx: &ActionCtx, note: Id<Note>) -> Result<()> {
    let found = ctx.run_query(internal::get(note)).await?;
    if found.is_some_and(|note| note.state.is_none()) {
        ctx.run_mutation(internal::mark_read(note)).await?;
    }
    Ok(())
}

/// Counts letters.
///
/// # Errors
/// Those of the database.
#[action]
pub fn letters(ctx: &BlockingActionCtx, note: Id<Note>) -> Result<usize> {
    let found = ctx.run_query(internal::get(note))?;
    Ok(found.map_or(0, |note| note.text.len()))
}
