//! Transfers between accounts: what conflicts are made of.

use mainspring::{Error, Id, MutationCtx, QueryCtx, Result, mutation, query, value};

use crate::tables::{Account, Movement};

/// Why a transfer was refused.
#[value]
#[derive(Clone, Debug, PartialEq)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Refusal {
    /// The account does not exist.
    NoAccount,
    /// There is not enough on it.
    Insufficient {
        /// What there is.
        balance: i64,
    },
}

/// Opens an account.
#[mutation]
pub async fn open(ctx: &MutationCtx, owner: String, balance: i64) -> Result<Id<Account>> {
    Ok(ctx.db.insert(Account { owner, balance }).await?)
}

/// Moves `amount` from one account to another.
#[mutation]
pub async fn transfer(ctx: &MutationCtx, from: Id<Account>, to: Id<Account>, amount: i64) -> Result<()> {
    let balance = ctx.db.get(from).await?.ok_or_else(|| Error::app(Refusal::NoAccount))?.balance;
    if balance < amount {
        return Err(Error::app(Refusal::Insufficient { balance }));
    }
    ctx.db.patch(from, |account| account.balance -= amount).await?;
    ctx.db.patch(to, |account| account.balance += amount).await?;
    Ok(())
}

/// Moves `amount` as [`transfer`] does, and enters that into a table of movements.
#[mutation]
pub async fn transfer_on_record(
    ctx: &MutationCtx,
    from: Id<Account>,
    to: Id<Account>,
    amount: i64,
) -> Result<Id<Movement>> {
    transfer(ctx, from, to, amount).await?;
    Ok(ctx.db.insert(Movement { source: from, target: to, amount }).await?)
}

/// What is on all accounts together.
#[query]
pub async fn total(ctx: &QueryCtx) -> Result<i64> {
    Ok(ctx.db.query::<Account>().collect().await?.iter().map(|account| account.balance).sum())
}

/// What is on one account.
#[query]
pub async fn balance(ctx: &QueryCtx, id: Id<Account>) -> Result<Option<i64>> {
    Ok(ctx.db.get(id).await?.map(|account| account.balance))
}

/// What is on the first `count` accounts by owner, from `owner` on.
#[query]
pub async fn following(ctx: &QueryCtx, owner: String, count: u32) -> Result<i64> {
    let found = ctx.db.query().with_index(Account::by_owner.gte(owner)).take(count as usize).await?;
    Ok(found.iter().map(|account| account.balance).sum())
}

/// The account of `owner`, opened if there is none: reads a range that is empty, then fills it.
#[mutation]
pub async fn find_or_open(ctx: &MutationCtx, owner: String) -> Result<Id<Account>> {
    let existing = ctx.db.query().with_index(Account::by_owner.eq(owner.as_str())).unique().await?;
    match existing {
        Some(account) => Ok(account.id),
        None => Ok(ctx.db.insert(Account { owner, balance: 0 }).await?),
    }
}

/// What is on all accounts together, and how many of them their index does not find.
#[query]
pub async fn audit(ctx: &QueryCtx) -> Result<(i64, u32)> {
    let (mut total, mut missing) = (0, 0);
    for account in ctx.db.query::<Account>().collect().await? {
        total += account.balance;
        let found = ctx.db.query().with_index(Account::by_owner.eq(account.owner.as_str())).unique().await?;
        missing += u32::from(found.is_none_or(|found| found.id != account.id));
    }
    Ok((total, missing))
}

/// All accounts, in the order in which they were opened.
#[query]
pub async fn all(ctx: &QueryCtx) -> Result<Vec<Id<Account>>> {
    Ok(ctx.db.query::<Account>().collect().await?.iter().map(|account| account.id).collect())
}
