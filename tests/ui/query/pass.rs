//! Queries that look like mistakes and are none.

use mainspring::*;

use crate::internal;
use crate::tables::{Customer, Order};

/// `clock.rs`, through the context.
#[query]
async fn reads_a_clock(ctx: &QueryCtx) -> Timestamp {
    ctx.now()
}

/// The escape, with its reason.
#[query(allow_nondeterminism = "shown to people only")]
async fn allows_a_clock(_ctx: &QueryCtx) -> bool {
    std::time::SystemTime::now().elapsed().is_ok()
}

mod fs {
    pub(crate) fn read() -> u64 {
        1
    }
}

/// Names of the user's own that are spelt like listed ones.
#[query]
async fn has_names_alike(_ctx: &QueryCtx) -> u64 {
    struct Rand;
    impl Rand {
        fn random(&self) -> u64 {
            2
        }
    }
    let thread_rng = Rand;
    let spawn = |number: u64| number;
    let sleep = std::time::Duration::from_secs(3).as_secs();
    crate::pass::query::fs::read() + thread_rng.random() + spawn(sleep)
}

/// Another thing with the context's name.
#[query]
async fn shadows_its_context(ctx: &QueryCtx, order: Id<Order>) -> Result<u64> {
    struct Printer {
        scheduler: u64,
    }
    let total = ctx.run_query(internal::orders::total(order)).await?;
    let ctx = Printer { scheduler: total.map_or(0, u64::from) };
    let twice = |ctx: &Printer| ctx.scheduler * 2;
    Ok(twice(&ctx) + ctx.scheduler)
}

/// A context that is taken in a different way, and handed on.
#[query]
async fn hands_its_context_on(context: &QueryCtx, customer: Id<Customer>) -> Result<String> {
    let again = &*context;
    Ok(name_of(again, customer).await?.unwrap_or_default())
}

async fn name_of(ctx: &QueryCtx, customer: Id<Customer>) -> Result<Option<String>, DbError> {
    Ok(ctx.db.get(customer).await?.map(|customer| customer.value.name))
}

/// No result, no argument, no use of the context.
#[query]
async fn does_nothing(_: &QueryCtx) {}

/// As many arguments as there may be.
#[query]
async fn takes_twelve(
    _ctx: &QueryCtx,
    a: u8,
    b: u8,
    c: u8,
    d: u8,
    e: u8,
    f: u8,
    g: u8,
    h: u8,
    i: u8,
    j: u8,
    k: u8,
    l: u8,
) -> (u8, u8) {
    (a | b | c | d | e | f, g | h | i | j | k | l)
}
