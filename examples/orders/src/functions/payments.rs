//! Payments: charging an order's card at the payment provider, again while there is no answer.
//!
//! A charge may have happened although no answer came. So each carries an idempotency key, the order's id,
//! and the provider charges once for each key, however often it is asked. What follows from its answer is
//! one mutation: the order's new state and its next step commit together or not at all.

use std::time::Duration;

use mainspring::reqwest::StatusCode;
use mainspring::{
    ActionCtx, Doc, Error, HttpError, Id, MutationCtx, Random, Result, internal_action, internal_mutation,
};

use crate::internal;
use crate::provider::{ChargeRequest, Charged, Declined, Totals};
use crate::tables::{Order, State};

/// The variable that holds the payment provider's address.
pub const PROVIDER: &str = "PAYMENT_PROVIDER";

/// How often the provider is asked to charge an order. (In case the last try did charge the card, a real
/// shop would then cancel it.)
const ATTEMPTS: u32 = 4;
/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_millis(400);
/// The pause before the first retry; each further one is twice as long.
const PAUSE: Duration = Duration::from_millis(100);
/// How long packing takes.
const PACKING: Duration = Duration::from_millis(150);

/// The provider's answer.
enum Answer {
    Charged(Charged),
    Declined(Declined),
}

/// Charges an order's card and hands on what came of it.
#[internal_action]
pub async fn process_order(ctx: &ActionCtx, order: Id<Order>, attempt: u32) -> Result<()> {
    let Some(order) = ctx.run_query(internal::orders::get(order)).await? else { return Ok(()) };
    if order.state != State::Placed {
        return Ok(());
    }
    match charge(ctx, &address(ctx, "charges")?, &order).await {
        Ok(Answer::Charged(Charged { charge })) => {
            ctx.run_mutation(internal::payments::mark_paid(order.id, charge)).await
        }
        Ok(Answer::Declined(Declined { reason })) => {
            ctx.run_mutation(internal::payments::mark_payment_failed(order.id, reason)).await
        }
        Err(error) if attempt < ATTEMPTS => {
            tracing::info!(order = order.reference, attempt, %error, "no answer to a charge: trying again");
            ctx.run_mutation(internal::payments::try_again(order.id, attempt + 1)).await
        }
        Err(error) => {
            let reason = if error.is_timeout() { "time-out".to_owned() } else { error.to_string() };
            let reason = format!("no answer in {ATTEMPTS} attempts: {reason}");
            ctx.run_mutation(internal::payments::mark_payment_failed(order.id, reason)).await
        }
    }
}

/// Records a charge and has the order shipped once it is packed.
#[internal_mutation]
pub async fn mark_paid(ctx: &MutationCtx, order: Id<Order>, charge: String) -> Result<()> {
    if !is_unpaid(ctx, order).await? {
        return Ok(());
    }
    let job = ctx.scheduler.run_after(PACKING, internal::fulfillment::ship(order)).await?;
    let paid = |order: &mut Order| {
        order.state = State::Paid { charge };
        order.job = Some(job);
    };
    Ok(ctx.db.patch(order, paid).await?)
}

/// Records that there will be no charge: the order is settled.
#[internal_mutation]
pub async fn mark_payment_failed(ctx: &MutationCtx, order: Id<Order>, reason: String) -> Result<()> {
    if !is_unpaid(ctx, order).await? {
        return Ok(());
    }
    let failed = |order: &mut Order| {
        order.state = State::PaymentFailed { reason };
        order.job = None;
    };
    Ok(ctx.db.patch(order, failed).await?)
}

/// Has the order processed again after a pause.
#[internal_mutation]
pub async fn try_again(ctx: &MutationCtx, order: Id<Order>, attempt: u32) -> Result<()> {
    if !is_unpaid(ctx, order).await? {
        return Ok(());
    }
    let pause = backoff(attempt, &mut ctx.random());
    let job = ctx.scheduler.run_after(pause, internal::payments::process_order(order, attempt)).await?;
    Ok(ctx.db.patch(order, |order| order.job = Some(job)).await?)
}

/// What the provider says that it has done.
#[internal_action]
pub async fn provider_totals(ctx: &ActionCtx) -> Result<Totals> {
    let reply = ctx.http.get(address(ctx, "report")?).send().await?;
    Ok(reply.error_for_status()?.json().await?)
}

/// An error means that nobody knows whether the card was charged.
async fn charge(ctx: &ActionCtx, address: &str, order: &Doc<Order>) -> Result<Answer, HttpError> {
    let request = ChargeRequest {
        order: order.id.to_string(),
        amount_cents: order.total_cents,
        currency: order.purchase.currency,
        card: order.purchase.card.clone(),
    };
    let reply = ctx
        .http
        .post(address)
        .header("Idempotency-Key", order.id.to_string())
        .timeout(PATIENCE)
        .json(&request)
        .send()
        .await?;
    if reply.status() == StatusCode::PAYMENT_REQUIRED {
        return Ok(Answer::Declined(reply.json().await?));
    }
    Ok(Answer::Charged(reply.error_for_status()?.json().await?))
}

/// Whatever comes twice, from a retry or after a crash, stops here.
async fn is_unpaid(ctx: &MutationCtx, order: Id<Order>) -> Result<bool> {
    let order = ctx.db.get(order).await?;
    Ok(order.is_some_and(|order| order.state == State::Placed))
}

/// The pause before an attempt. The random half keeps orders that failed together from coming back together.
fn backoff(attempt: u32, random: &mut Random) -> Duration {
    let pause = PAUSE * 2_u32.saturating_pow(attempt.saturating_sub(2));
    pause + pause.mul_f64(random.f64() / 2.0)
}

fn address(ctx: &ActionCtx, path: &str) -> Result<String> {
    let provider = ctx.env(PROVIDER).ok_or_else(|| Error::msg(format!("`{PROVIDER}` is not set")))?;
    Ok(format!("{provider}/{path}"))
}

#[cfg(test)]
mod tests {
    use mainspring::{App, Env, Timestamp};

    use super::*;
    use crate::api;
    use crate::tables::{Currency, Item, Purchase};

    #[tokio::test]
    async fn only_the_first_outcome_of_a_payment_counts() -> Result<()> {
        let (env, clock) = Env::simulated(Timestamp::from_secs(1_800_000_000), 7);
        let app =
            App::builder(crate::registry()).env(env).variable(PROVIDER, "http://127.0.0.1:1").start().await?;
        let purchase = Purchase {
            customer: "Ada Haddad".to_owned(),
            items: vec![Item { sku: "TIN-200".to_owned(), quantity: 2, unit_price_cents: 595 }],
            currency: Currency::Eur,
            card: "tok_ok_4242".to_owned(),
        };
        let order = app.run_mutation(api::orders::place_order("WEB-1".to_owned(), purchase)).await?.order;

        app.run_mutation(internal::payments::mark_paid(order, "ch_1".to_owned())).await?;
        let paid = read(&app, order).await?;
        assert_eq!(paid.state, State::Paid { charge: "ch_1".to_owned() });
        app.run_mutation(internal::payments::mark_paid(order, "ch_2".to_owned())).await?;
        app.run_mutation(internal::payments::mark_payment_failed(order, "time-out".to_owned())).await?;
        app.run_mutation(internal::payments::try_again(order, 2)).await?;
        let later = read(&app, order).await?;
        assert_eq!((&later.state, later.job), (&paid.state, paid.job));

        clock.advance(PACKING);
        app.idle().await;
        assert_eq!(read(&app, order).await?.state, State::Shipped { charge: "ch_1".to_owned() });
        app.shutdown().await
    }

    async fn read(app: &App, order: Id<Order>) -> Result<Doc<Order>> {
        Ok(app.run_query(internal::orders::get(order)).await?.expect("the order was placed"))
    }
}
