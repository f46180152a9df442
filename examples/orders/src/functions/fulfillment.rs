//! Fulfilment: what happens to an order that is paid.

use mainspring::{Id, MutationCtx, Result, internal_mutation};

use crate::tables::{Order, State};

/// Hands a packed order to the carrier: it is settled.
#[internal_mutation]
pub async fn ship(ctx: &MutationCtx, order: Id<Order>) -> Result<()> {
    let Some(order) = ctx.db.get(order).await? else { return Ok(()) };
    let State::Paid { charge } = &order.state else { return Ok(()) };
    let shipped = State::Shipped { charge: charge.clone() };
    let ship = |order: &mut Order| {
        order.state = shipped;
        order.job = None;
    };
    Ok(ctx.db.patch(order.id, ship).await?)
}
