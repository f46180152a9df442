//! How often in a row the process has ended soon after its start, and not in order.
//!
//! One document. It counts the present process too, until that has ended in order or lived for a while.
//!
//! Invariant: durable before anything runs that may end the process.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::db::{Query, Transaction};
use crate::error::DbError;
use crate::value::{Document, EncodeError, IndexSpec, KeyWriter, Value};

/// The count.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct EarlyEnds {
    in_a_row: u32,
}

impl EarlyEnds {
    /// How many processes have ended early, in a row.
    pub(crate) async fn so_far(transaction: &Transaction) -> Result<u32, DbError> {
        Ok(Query::<Self>::new(transaction).first().await?.map_or(0, |stored| stored.in_a_row))
    }

    /// Counts the process that starts.
    pub(crate) async fn begin(transaction: &Transaction) -> Result<(), DbError> {
        match Query::<Self>::new(transaction).first().await? {
            Some(stored) => {
                let in_a_row = stored.in_a_row.saturating_add(1);
                transaction.replace(stored.id, Self { in_a_row }).await
            }
            None => transaction.insert(Self { in_a_row: 1 }).map(drop),
        }
    }

    /// The process does not end early, and so none has in a row.
    pub(crate) async fn forget(transaction: &Transaction) -> Result<(), DbError> {
        match Query::<Self>::new(transaction).first().await? {
            Some(stored) if stored.in_a_row > 0 => transaction.replace(stored.id, Self { in_a_row: 0 }).await,
            Some(_) | None => Ok(()),
        }
    }
}

impl Value for EarlyEnds {}

impl Document for EarlyEnds {
    const TABLE: &'static str = "_early_ends";
    const INDEXES: &'static [IndexSpec] = &[];

    fn index_key(&self, _: usize, _: &mut KeyWriter) -> Result<(), EncodeError> {
        Ok(())
    }
}
