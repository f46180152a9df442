//! Users who sign up and leave: what is public asks who calls and leaves the work to internal functions.

use std::time::Duration;

use mainspring::{ActionCtx, Doc, Error, Id, MutationCtx, QueryCtx, Result, internal_action};
use mainspring::{internal_mutation, internal_query, mutation, query};

use crate::internal;
use crate::tables::{Subscription, User};

/// Signs the caller up.
#[mutation]
pub async fn sign_up(ctx: &MutationCtx, customer: String) -> Result<Id<User>> {
    let identity = ctx.auth.identity().ok_or_else(|| Error::app("Unauthorized"))?;
    let token_identifier = identity.token_identifier.clone();
    Ok(ctx.db.insert(User { token_identifier, customer }).await?)
}

/// Has everything about the caller deleted.
#[mutation]
pub async fn request_account_deletion(ctx: &MutationCtx) -> Result<()> {
    let identity = ctx.auth.identity().ok_or_else(|| Error::app("Unauthorized"))?;
    let by_token = User::by_token_identifier.eq(identity.token_identifier.as_str());
    let user = ctx.db.query().with_index(by_token).unique().await?;
    let user = user.ok_or_else(|| Error::app("User not found"))?;
    ctx.scheduler.run_after(Duration::ZERO, internal::users::delete_all_user_data(user.id)).await?;
    Ok(())
}

/// Deletes what a user has, then the user.
#[internal_action]
pub async fn delete_all_user_data(ctx: &ActionCtx, user: Id<User>) -> Result<()> {
    while ctx.run_mutation(internal::users::delete_some(user)).await? {}
    ctx.run_mutation(internal::users::delete(user)).await
}

/// Deletes a page of what a user has; returns whether there may be more.
#[internal_mutation]
pub async fn delete_some(ctx: &MutationCtx, user: Id<User>) -> Result<bool> {
    let page = ctx.db.query().with_index(Subscription::by_user.eq(user)).take(2).await?;
    for subscription in &page {
        ctx.db.delete(subscription.id).await?;
    }
    Ok(!page.is_empty())
}

/// Deletes a user.
#[internal_mutation]
pub async fn delete(ctx: &MutationCtx, user: Id<User>) -> Result<()> {
    Ok(ctx.db.delete(user).await?)
}

/// A user.
#[internal_query]
pub async fn get_by_id(ctx: &QueryCtx, user: Id<User>) -> Result<Option<Doc<User>>> {
    Ok(ctx.db.get(user).await?)
}

/// How many users and subscriptions there are.
#[query]
pub async fn count(ctx: &QueryCtx) -> Result<(u32, u32)> {
    let users = ctx.db.query::<User>().collect().await?.len();
    let subscriptions = ctx.db.query::<Subscription>().collect().await?.len();
    Ok((u32::try_from(users)?, u32::try_from(subscriptions)?))
}
