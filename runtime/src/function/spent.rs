//! What starts have taken from the buckets of rates, so that a rate holds over restarts.
//!
//! While the process lives its buckets are in memory. A start that takes a token writes, in its own commit, when the bucket will
//! be full again; the next process begins with that. The later of two times holds, so starts of one bucket commute: none of them
//! ever has to run again for another.
//!
//! What is written counts the tokens of others too that were taken before: a crash may cost those that were on their way theirs,
//! and never gives one back.
//!
//! Invariant: nothing that has started has had an effect before its token was written. A bucket has one document, whose id
//! follows from its name.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::db::{Index, Query, Transaction};
use crate::env::PausePoint;
use crate::error::DbError;
use crate::function::job::ScheduledFunction;
use crate::function::scope::Scope;
use crate::value::{Doc, Document, DocumentId, EncodeError, IndexSpec, KeyWriter, Timestamp, Value};

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
    pub(crate) fn store(
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
            SpentBucket { target: path.to_owned(), key: job.limit_key.clone(), full_at }
                .store(transaction)?;
        }
        if let Some(full_at) = self.of_queue {
            SpentBucket { target: job.queue.clone(), key: None, full_at }.store(transaction)?;
        }
        scope.engine.env.pass(PausePoint::SpentWritten);
        Ok(())
    }
}

impl SpentBucket {
    /// Those that were full again before `time`.
    pub(crate) fn before(transaction: &Transaction, time: Timestamp) -> Query<'_, Self> {
        Query::<Self>::new(transaction).with_index(by_time().lt(time))
    }

    /// Those that will be full after `time`.
    pub(crate) async fn after(transaction: &Transaction, time: Timestamp) -> Result<Vec<Doc<Self>>, DbError> {
        Query::<Self>::new(transaction).with_index(by_time().gt(time)).collect().await
    }

    fn store(self, transaction: &Transaction) -> Result<(), DbError> {
        transaction
            .merge(self.document_id(), self, |stored, new| stored.full_at = stored.full_at.max(new.full_at))
    }

    fn document_id(&self) -> DocumentId {
        let mut name = Sha256::new();
        name.update((self.target.len() as u64).to_be_bytes());
        name.update(&self.target);
        if let Some(key) = &self.key {
            name.update([1]);
            name.update(key);
        }
        let mut id = [0; 16];
        id.copy_from_slice(&name.finalize()[..16]);
        DocumentId(id)
    }
}

impl Value for SpentBucket {}

impl Document for SpentBucket {
    const TABLE: &'static str = "_spent_buckets";
    const INDEXES: &'static [IndexSpec] = &[IndexSpec { name: "by_full_at", fields: &["full_at"] }];

    fn index_key(&self, _: usize, key: &mut KeyWriter) -> Result<(), EncodeError> {
        key.field(&self.full_at)
    }
}

fn by_time() -> Index<SpentBucket, (Timestamp, ())> {
    Index::new(0)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::db::{Setup, TableDefinition, open_schema};
    use crate::knobs::TransactionLimits;
    use crate::store::Store;

    #[tokio::test]
    async fn the_later_time_holds_in_whatever_order_starts_commit_and_for_each_bucket_apart() {
        let store = Store::memory(|| 1);
        let catalog = open_schema(&store, &[TableDefinition::of::<SpentBucket>()]).await.expect("opens");
        let catalog = Arc::new(catalog);
        let begin = |seed| {
            let setup = Setup {
                catalog: Arc::clone(&catalog),
                limits: TransactionLimits::UNLIMITED,
                now: Timestamp::from_micros(1),
                clock: None,
                seed,
                time: None,
            };
            Transaction::mutation(store.transaction(), setup)
        };
        let buckets = [("a:b", None), ("a:b", Some("")), ("a:b", Some("c")), ("a:bc", None), ("a", None)];
        for (seed, secs) in [(1, 7), (2, 9), (3, 8)] {
            let mut transaction = begin(seed);
            for (target, key) in buckets {
                let (target, key) = (target.to_owned(), key.map(str::to_owned));
                let bucket = SpentBucket { target, key, full_at: Timestamp::from_secs(secs) };
                bucket.store(&transaction).expect("it waits");
            }
            assert!(transaction.commit(&store, None).await.is_ok());
        }
        let stored = SpentBucket::after(&begin(4), Timestamp::MIN).await.expect("read");
        assert_eq!(stored.len(), buckets.len());
        assert!(stored.iter().all(|bucket| bucket.full_at == Timestamp::from_secs(9)), "{stored:?}");
    }
}
