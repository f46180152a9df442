//! What starts have taken from the buckets of rates, so that a rate holds over restarts.
//!
//! While the process lives its buckets are in memory. A start that takes a token writes, in its own commit, when the bucket will
//! be full again; the next process begins with that.
//!
//! What is written counts the tokens of others too that were taken before: a crash may cost those that were on their way theirs,
//! and never gives one back.
//!
//! Invariant: nothing that has started has had an effect before its token was written. The latest time holds, in whatever order
//! starts commit.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::db::{Index, Query, Transaction};
use crate::env::PausePoint;
use crate::error::DbError;
use crate::function::job::ScheduledFunction;
use crate::function::scope::Scope;
use crate::value::{Doc, Document, EncodeError, IndexSpec, KeyWriter, Timestamp, Value};

/// When the buckets that a start took from will be full again; nothing for what has no rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Spent {
    pub(crate) of_function: Option<Timestamp>,
    pub(crate) of_queue: Option<Timestamp>,
}

/// A bucket that is not full.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct SpentBucket {
    /// The path of a function, or the name of a queue, which has no `:`.
    pub(crate) target: String,
    /// For what the function's rate holds apart.
    pub(crate) key: Option<String>,
    pub(crate) full_at: Timestamp,
}

impl Spent {
    /// Writes what the start of `job`, whose function is `path`, has taken.
    pub(crate) async fn store(
        self,
        transaction: &Transaction,
        scope: &Scope,
        path: &str,
        job: &ScheduledFunction,
    ) -> Result<(), DbError> {
        if self == Self::default() {
            return Ok(());
        }
        if let Some(full_at) = self.of_function {
            store(transaction, path, job.limit_key.as_ref(), full_at).await?;
        }
        if let Some(full_at) = self.of_queue {
            store(transaction, &job.queue, None, full_at).await?;
        }
        scope.engine.env.pass(PausePoint::SpentWritten);
        Ok(())
    }
}

impl SpentBucket {
    /// Those that were full again before `time`.
    pub(crate) async fn before(
        transaction: &Transaction,
        time: Timestamp,
        most: usize,
    ) -> Result<Vec<Doc<Self>>, DbError> {
        Query::<Self>::new(transaction).with_index(by_time().lt(time)).take(most).await
    }

    /// Those that will be full after `time`.
    pub(crate) async fn after(transaction: &Transaction, time: Timestamp) -> Result<Vec<Doc<Self>>, DbError> {
        Query::<Self>::new(transaction).with_index(by_time().gt(time)).collect().await
    }
}

async fn store(
    transaction: &Transaction,
    target: &str,
    key: Option<&String>,
    full_at: Timestamp,
) -> Result<(), DbError> {
    let by_bucket = Index::<SpentBucket, (String, (Option<String>, ()))>::new(0);
    let of_bucket = by_bucket.eq(target.to_owned()).eq(key.cloned());
    match Query::<SpentBucket>::new(transaction).with_index(of_bucket).first().await? {
        Some(former) if former.full_at >= full_at => Ok(()),
        Some(former) => {
            transaction.patch(former.id, |bucket: &mut SpentBucket| bucket.full_at = full_at).await
        }
        None => {
            let bucket = SpentBucket { target: target.to_owned(), key: key.cloned(), full_at };
            transaction.insert(bucket).map(drop)
        }
    }
}

impl Value for SpentBucket {}

impl Document for SpentBucket {
    const TABLE: &'static str = "_spent_buckets";
    const INDEXES: &'static [IndexSpec] = &[
        IndexSpec { name: "by_target_and_key", fields: &["target", "key"] },
        IndexSpec { name: "by_full_at", fields: &["full_at"] },
    ];

    fn index_key(&self, index: usize, key: &mut KeyWriter) -> Result<(), EncodeError> {
        if index == 1 {
            return key.field(&self.full_at);
        }
        key.field(&self.target)?;
        key.field(&self.key)
    }
}

fn by_time() -> Index<SpentBucket, (Timestamp, ())> {
    Index::new(1)
}
