//! The application that is simulated: functions that do what they are told, and note what they saw.

use std::time::Duration;

use mainspring::{
    ActionCtx, Error, Id, MutationCtx, Order, QueryCtx, Result, ScheduledFunction, ScheduledState, Timestamp,
    internal_action, internal_mutation, mutation, query, table, value,
};

use super::calls;

/// What documents are about.
#[table(name = "items")]
#[index(by_key(key))]
#[index(by_group_and_amount(group, amount))]
#[derive(Clone)]
pub(crate) struct Item {
    pub(crate) key: u32,
    pub(crate) group: u32,
    pub(crate) amount: i64,
}

/// One for each transaction that committed.
#[table(name = "trails")]
#[derive(Clone)]
pub(crate) struct Trail {
    pub(crate) tag: u32,
    pub(crate) at: Timestamp,
    pub(crate) ops: Vec<Op>,
    pub(crate) seen: Vec<Seen>,
}

/// One for each function that was scheduled.
#[table(name = "jobs")]
#[index(by_tag(tag))]
#[derive(Clone)]
pub(crate) struct Job {
    pub(crate) tag: u32,
    pub(crate) scheduled: Id<ScheduledFunction>,
}

/// Something to do in a transaction.
#[value]
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Op {
    Get { key: u32 },
    Put { key: u32, group: u32, amount: i64 },
    Add { key: u32, amount: i64 },
    Delete { key: u32 },
    Range { group: u32, from: i64, until: i64, take: u32, down: bool },
    Nested { ops: Vec<Op>, fails: bool },
    Later { tag: u32, delay_ms: u32, ops: Vec<Op>, is_action: bool },
    Cancel { tag: u32 },
}

/// What came of it.
#[value]
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Seen {
    Nothing,
    Item { group: u32, amount: i64 },
    Items { found: Vec<(u32, i64)> },
    Nested { seen: Vec<Seen> },
    Job { state: String },
}

/// Does all of it.
#[mutation]
pub(crate) async fn apply(ctx: &MutationCtx, tag: u32, ops: Vec<Op>) -> Result<Vec<Seen>> {
    let mut seen = Vec::new();
    for op in &ops {
        seen.push(Box::pin(write(ctx, op)).await?);
    }
    ctx.db.insert(Trail { tag, at: ctx.now(), ops, seen: seen.clone() }).await?;
    Ok(seen)
}

/// Does all of it as a part of another; takes it back when it fails.
#[internal_mutation]
pub(crate) async fn nested(ctx: &MutationCtx, ops: Vec<Op>, fails: bool) -> Result<Vec<Seen>> {
    let mut seen = Vec::new();
    for op in &ops {
        seen.push(Box::pin(write(ctx, op)).await?);
    }
    if fails { Err(Error::app("as told")) } else { Ok(seen) }
}

/// Does all of it in a transaction of its own, once.
#[internal_action]
pub(crate) async fn act(ctx: &ActionCtx, tag: u32, ops: Vec<Op>) -> Result<()> {
    ctx.sleep(Duration::from_millis(u64::from(tag % 3))).await;
    ctx.run_mutation(calls::apply(tag, ops)).await?;
    Ok(())
}

/// Looks, and tells how many transactions have committed.
#[query]
pub(crate) async fn look(ctx: &QueryCtx, ops: Vec<Op>) -> Result<(u32, Vec<Seen>)> {
    let mut seen = Vec::new();
    for op in &ops {
        seen.push(match *op {
            Op::Get { key } => {
                let item = ctx.db.query().with_index(Item::by_key.eq(key)).unique().await?;
                item.map_or(Seen::Nothing, |item| Seen::Item { group: item.group, amount: item.amount })
            }
            Op::Range { group, from, until, take, down } => {
                let order = if down { Order::Descending } else { Order::Ascending };
                let range = Item::by_group_and_amount.eq(group).gte(from).lt(until);
                let found = ctx.db.query().with_index(range).order(order).take(take as usize).await?;
                Seen::Items { found: found.iter().map(|item| (item.key, item.amount)).collect() }
            }
            _ => Seen::Nothing,
        });
    }
    let trails = ctx.db.query::<Trail>().collect().await?.len();
    Ok((u32::try_from(trails)?, seen))
}

/// Everything there is.
#[query]
pub(crate) async fn everything(ctx: &QueryCtx) -> Result<Everything> {
    let items = ctx.db.query::<Item>().collect().await?;
    let trails = ctx.db.query::<Trail>().collect().await?;
    let mut jobs = Vec::new();
    for job in ctx.db.query::<Job>().collect().await? {
        let record = ctx.db.system().get(job.scheduled).await?;
        jobs.push((job.tag, record.map_or_else(|| "gone".to_owned(), |record| name(&record.state))));
    }
    Ok(Everything {
        items: items.into_iter().map(|item| item.value).collect(),
        trails: trails.into_iter().map(|trail| (trail.id, trail.value)).collect(),
        jobs,
    })
}

/// What [`everything`] gives.
#[value]
#[derive(Clone)]
pub(crate) struct Everything {
    pub(crate) items: Vec<Item>,
    pub(crate) trails: Vec<(Id<Trail>, Trail)>,
    pub(crate) jobs: Vec<(u32, String)>,
}

fn name(state: &ScheduledState) -> String {
    match state {
        ScheduledState::Pending => "pending",
        ScheduledState::InProgress => "in progress",
        ScheduledState::Success => "success",
        ScheduledState::Failed { .. } => "failed",
        ScheduledState::Canceled => "canceled",
    }
    .to_owned()
}

async fn write(ctx: &MutationCtx, op: &Op) -> Result<Seen> {
    Ok(match op {
        Op::Get { key } => {
            let item = ctx.db.query().with_index(Item::by_key.eq(*key)).unique().await?;
            item.map_or(Seen::Nothing, |item| Seen::Item { group: item.group, amount: item.amount })
        }
        Op::Range { group, from, until, take, down } => {
            let order = if *down { Order::Descending } else { Order::Ascending };
            let range = Item::by_group_and_amount.eq(*group).gte(*from).lt(*until);
            let found = ctx.db.query().with_index(range).order(order).take(*take as usize).await?;
            Seen::Items { found: found.iter().map(|item| (item.key, item.amount)).collect() }
        }
        Op::Put { key, group, amount } => {
            let item = Item { key: *key, group: *group, amount: *amount };
            match ctx.db.query().with_index(Item::by_key.eq(*key)).unique().await? {
                Some(old) => ctx.db.replace(old.id, item).await?,
                None => drop(ctx.db.insert(item).await?),
            }
            Seen::Nothing
        }
        Op::Add { key, amount } => {
            let item = ctx.db.query().with_index(Item::by_key.eq(*key)).unique().await?;
            if let Some(item) = item {
                ctx.db.patch(item.id, |item| item.amount += amount).await?;
            }
            Seen::Nothing
        }
        Op::Delete { key } => {
            if let Some(item) = ctx.db.query().with_index(Item::by_key.eq(*key)).unique().await? {
                ctx.db.delete(item.id).await?;
            }
            Seen::Nothing
        }
        Op::Nested { ops, fails } => match ctx.run_mutation(calls::nested(ops.clone(), *fails)).await {
            Ok(seen) => Seen::Nested { seen },
            Err(error) if error.is_app() => Seen::Nothing,
            Err(error) => return Err(error),
        },
        Op::Later { tag, delay_ms, ops, is_action } => {
            let delay = Duration::from_millis(u64::from(*delay_ms));
            let scheduled = if *is_action {
                ctx.scheduler.run_after(delay, calls::act(*tag, ops.clone())).await?
            } else {
                ctx.scheduler.run_after(delay, calls::apply(*tag, ops.clone())).await?
            };
            ctx.db.insert(Job { tag: *tag, scheduled }).await?;
            Seen::Nothing
        }
        Op::Cancel { tag } => {
            let Some(job) = ctx.db.query().with_index(Job::by_tag.eq(*tag)).unique().await? else {
                return Ok(Seen::Nothing);
            };
            let record = ctx.db.system().get(job.scheduled).await?;
            ctx.scheduler.cancel(job.scheduled).await?;
            Seen::Job { state: record.map_or_else(|| "gone".to_owned(), |record| name(&record.state)) }
        }
    })
}
