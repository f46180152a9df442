//! Every type of value, in and out; queries of every form.

use mainspring::{
    Bytes, Doc, Id, MutationCtx, Order, Page, PaginationOptions, QueryCtx, Result, mutation, query,
};

use crate::tables::{Item, Job, Sample};

/// Stores a sample.
#[mutation]
pub async fn add(
    ctx: &MutationCtx,
    rank: i32,
    label: Option<String>,
    weight: f64,
    raw: Bytes,
    items: Vec<Item>,
    job: Option<Id<Job>>,
) -> Result<Id<Sample>> {
    Ok(ctx.db.insert(Sample { rank, label, weight, raw, items, job }).await?)
}

/// Adds up the items' prices.
#[query]
pub async fn price(_ctx: &QueryCtx, items: Vec<Item>, discount: Option<f64>) -> f64 {
    items.iter().map(|item| item.price).sum::<f64>() * (1.0 - discount.unwrap_or(0.0))
}

/// What comes in goes out.
#[query]
pub async fn echo(_ctx: &QueryCtx, big: i64, small: u8, float: f64, bytes: Bytes) -> (i64, u8, f64, Bytes) {
    (big, small, float, bytes)
}

/// The ranks within bounds, in order.
#[query]
pub async fn ranks(ctx: &QueryCtx, from: i32, below: i32, descending: bool) -> Result<Vec<i32>> {
    let order = if descending { Order::Descending } else { Order::Ascending };
    let range = Sample::by_rank_and_label.gte(from).lt(below);
    let found = ctx.db.query().with_index(range).order(order).collect().await?;
    Ok(found.iter().map(|sample| sample.rank).collect())
}

/// A sample by rank and label.
#[query]
pub async fn labelled(ctx: &QueryCtx, rank: i32, label: Option<String>) -> Result<Option<Doc<Sample>>> {
    let range = Sample::by_rank_and_label.eq(rank).eq(label);
    Ok(ctx.db.query().with_index(range).unique().await?)
}

/// A page of ranks.
#[query]
pub async fn page(ctx: &QueryCtx, options: PaginationOptions) -> Result<Page<i32>> {
    let page = ctx.db.query().with_index(Sample::by_rank_and_label).paginate(&options).await?;
    Ok(page.map(|sample| sample.rank))
}

/// Deletes samples while it walks them, and moves others ahead of the walk and behind it.
#[mutation]
pub async fn walk_and_change(ctx: &MutationCtx) -> Result<Vec<i32>> {
    let mut seen = Vec::new();
    let mut samples = ctx.db.query().with_index(Sample::by_rank_and_label).stream()?;
    while let Some(sample) = samples.next().await? {
        seen.push(sample.rank);
        if sample.rank == 0 {
            let next = Sample::by_rank_and_label.eq(1);
            if let Some(next) = ctx.db.query().with_index(next).first().await? {
                ctx.db.delete(next.id).await?;
            }
            ctx.db.insert(Sample { rank: 50, ..sample.value.clone() }).await?;
            ctx.db.insert(Sample { rank: -1, ..sample.value.clone() }).await?;
        }
    }
    Ok(seen)
}

/// The light ones, as a filter finds them.
#[query]
pub async fn lighter_than(ctx: &QueryCtx, weight: f64, count: usize) -> Result<Vec<i32>> {
    let light = ctx.db.query::<Sample>().filter(|sample| sample.weight < weight).take(count).await?;
    Ok(light.iter().map(|sample| sample.rank).collect())
}

/// Deletes all samples.
#[mutation]
pub async fn clear(ctx: &MutationCtx) -> Result<()> {
    for sample in ctx.db.query::<Sample>().collect().await? {
        ctx.db.delete(sample.id).await?;
    }
    Ok(())
}
