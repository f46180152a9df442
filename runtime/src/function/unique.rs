//! Keys that at most one unfinished scheduled function holds.
//!
//! A key is a document beside the job's, found by index, so that jobs without a key pay nothing. It is taken in the
//! transaction that schedules and given up in the one that ends the job.
//!
//! Invariant: a key names a job that is pending or in progress, and that job's record names the key.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::db::{Index, Query, Transaction};
use crate::env::PausePoint;
use crate::error::{DbError, ScheduleError};
use crate::function::job::{ScheduledFunction, ScheduledState};
use crate::function::scheduler::Former;
use crate::function::scheduling::Order;
use crate::function::scope::Scope;
use crate::value::{Doc, Document, EncodeError, Id, IndexSpec, KeyWriter, Timestamp, Value};

/// A key and who holds it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct ScheduledKey {
    key: String,
    job: Id<ScheduledFunction>,
}

/// What became of a function that was scheduled under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "it says whether the function was scheduled"]
pub enum Scheduled {
    /// Nobody held the key: the function was scheduled.
    Inserted(Id<ScheduledFunction>),
    /// An unfinished function held the key: it stays as it is, and nothing was scheduled.
    Existing(Id<ScheduledFunction>),
    /// A pending function held the key: it now has the new arguments and time, and waits, is retried and keeps its
    /// result as was said now.
    Replaced(Id<ScheduledFunction>),
}

/// A key, and what to do if it is held.
#[derive(Clone, Debug)]
pub(crate) struct Claim {
    pub(crate) key: String,
    pub(crate) replaces: bool,
}

/// Longest key in bytes.
pub(crate) const LONGEST_KEY: usize = 1_024;

impl Scheduled {
    /// The scheduled function that holds the key now.
    pub fn id(self) -> Id<ScheduledFunction> {
        match self {
            Self::Inserted(id) | Self::Existing(id) | Self::Replaced(id) => id,
        }
    }
}

/// What the holder of a key means for whoever wants it.
pub(super) enum Holder {
    /// There is none (any more).
    None,
    /// It keeps the key, and stays as it is.
    Keeps(Id<ScheduledFunction>),
    /// It took over what was asked, and is due at this time.
    Replaced { id: Id<ScheduledFunction>, due: Timestamp, former: Option<Former> },
}

/// Looks who holds the key of `order`, and replaces what can be replaced.
pub(super) async fn settle(
    transaction: &Transaction,
    scope: &Scope,
    order: &Order,
    claim: &Claim,
) -> Result<Holder, ScheduleError> {
    let Some(held) = holder(transaction, &claim.key).await? else { return Ok(Holder::None) };
    let Some(record) = transaction.get(held.job).await? else {
        transaction.delete(held.id).await?;
        return Ok(Holder::None);
    };
    // The function may have had another name when the job was scheduled.
    let function = scope.engine.registry.present_path(&record.name);
    if function != order.path {
        let (key, holder) = (claim.key.clone(), function.to_owned());
        return Err(ScheduleError::KeyTaken { path: order.path, key, holder });
    }
    if !claim.replaces {
        return Ok(Holder::Keeps(held.job));
    }
    // A mutation that runs is pending, for its start and its end are one commit.
    let runs = scope.origin.job.is_some_and(|run| run.id == held.job);
    if record.state == ScheduledState::Pending && !runs {
        let mut record = record.value;
        let former = record.former();
        let due = record.replace(order, scope.now);
        transaction.replace(held.job, record).await?;
        scope.engine.env.pass(PausePoint::ReplaceWritten);
        return Ok(Holder::Replaced { id: held.job, due, former });
    }
    // What runs goes on, without the key.
    transaction.delete(held.id).await?;
    transaction.patch(held.job, |record: &mut ScheduledFunction| record.key = None).await?;
    Ok(Holder::None)
}

/// Takes a key that nobody holds.
pub(super) fn take(
    transaction: &Transaction,
    key: String,
    job: Id<ScheduledFunction>,
) -> Result<(), DbError> {
    transaction.insert(ScheduledKey { key, job }).map(drop)
}

/// Takes the key again of a job that has ended and is to run again.
pub(super) async fn take_again(
    transaction: &Transaction,
    key: &str,
    job: Id<ScheduledFunction>,
) -> Result<(), ScheduleError> {
    if let Some(held) = holder(transaction, key).await? {
        if transaction.get(held.job).await?.is_some() {
            let (key, holder) = (key.to_owned(), held.job.to_string());
            return Err(ScheduleError::KeyHeld { id: job.to_string(), key, holder });
        }
        transaction.delete(held.id).await?;
    }
    Ok(take(transaction, key.to_owned(), job)?)
}

/// Gives up the key of a job that has ended.
pub(crate) async fn release_key(transaction: &Transaction, key: &str) -> Result<(), DbError> {
    match holder(transaction, key).await? {
        Some(held) => transaction.delete(held.id).await,
        None => Ok(()),
    }
}

/// Who holds a key.
pub(super) async fn holder(
    transaction: &Transaction,
    key: &str,
) -> Result<Option<Doc<ScheduledKey>>, DbError> {
    let by_key = Index::<ScheduledKey, (String, ())>::new(0);
    Query::<ScheduledKey>::new(transaction).with_index(by_key.eq(key.to_owned())).first().await
}

impl ScheduledKey {
    pub(super) fn job(&self) -> Id<ScheduledFunction> {
        self.job
    }
}

impl Value for ScheduledKey {}

impl Document for ScheduledKey {
    const TABLE: &'static str = "_scheduled_keys";
    const INDEXES: &'static [IndexSpec] = &[IndexSpec { name: "by_key", fields: &["key"] }];

    fn index_key(&self, _: usize, key: &mut KeyWriter) -> Result<(), EncodeError> {
        key.field(&self.key)
    }
}
