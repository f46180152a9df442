//! A subscription at a service and its record here: made together, or, by a compensation, neither.

use mainspring::{ActionCtx, Error, HttpError, Id, MutationCtx, Result, action, internal_mutation, value};

use crate::internal;
use crate::tables::{Subscription, User};

/// What became of a message.
#[value]
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    /// Whether the service took it.
    pub success: bool,
    /// The service's name for it.
    pub message_id: Option<String>,
}

/// What the service is asked to send.
#[value]
struct Message {
    to: Vec<Recipient>,
    content: String,
}

#[value]
struct Recipient {
    email: String,
}

/// What the service has made.
#[value]
struct Created {
    id: String,
}

/// Subscribes a user at the service, then here; what the service has made is canceled if it cannot be recorded.
#[action]
pub async fn create_subscription(
    ctx: &ActionCtx,
    service: String,
    user: Id<User>,
    plan: String,
) -> Result<Option<Id<Subscription>>> {
    let Some(customer) = ctx.run_query(internal::users::get_by_id(user)).await? else {
        return Err(Error::app("User not found"));
    };
    let Ok(at_service) = subscribe(ctx, &service, &customer.customer, &plan).await else {
        return Ok(None);
    };
    let recorded = ctx.run_mutation(internal::subscriptions::create(user, plan, at_service.clone())).await;
    if recorded.is_err() {
        ctx.http.delete(format!("{service}/{at_service}")).send().await?.error_for_status()?;
    }
    Ok(recorded.ok())
}

/// Records a subscription; a user has one of each plan.
#[internal_mutation]
pub async fn create(
    ctx: &MutationCtx,
    user: Id<User>,
    plan: String,
    at_service: String,
) -> Result<Id<Subscription>> {
    let of_user = Subscription::by_user_and_plan.eq(user).eq(plan.as_str());
    if ctx.db.query().with_index(of_user).first().await?.is_some() {
        return Err(Error::app("already subscribed"));
    }
    Ok(ctx.db.insert(Subscription { user, plan, at_service }).await?)
}

/// Sends a message through a service.
#[action]
pub async fn send_email(ctx: &ActionCtx, service: String, to: String, body: String) -> Result<Sent> {
    let message = Message { to: vec![Recipient { email: to }], content: body };
    let answer = ctx.http.post(service).bearer_auth("key").json(&message).send().await?;
    if answer.status().is_success() {
        let created: Created = answer.json().await?;
        return Ok(Sent { success: true, message_id: Some(created.id) });
    }
    Ok(Sent { success: false, message_id: None })
}

async fn subscribe(ctx: &ActionCtx, service: &str, customer: &str, plan: &str) -> Result<String, HttpError> {
    let fields = [("customer", customer), ("items[0][price]", plan)];
    let answer = ctx.http.post(service).form(&fields).send().await?.error_for_status()?;
    Ok(answer.json::<Created>().await?.id)
}
