//! Which arguments the functions of the program took that ran last.
//!
//! One document for all functions, written at the start, so that a job carries no more than its function's name.
//!
//! Invariant: a job that waits under a name in here, and is not parked, was accepted as arguments of that fingerprint.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::db::{Query, Transaction};
use crate::error::DbError;
use crate::function::registry::Registry;
use crate::value::{Document, EncodeError, IndexSpec, KeyWriter, Value};

/// The fingerprints of the arguments of all functions that can be scheduled, by name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Signatures {
    functions: BTreeMap<String, i64>,
}

impl Signatures {
    /// Those of the running program.
    pub(crate) fn of(registry: &Registry) -> Self {
        let functions = registry.schedulable();
        Self { functions: functions.map(|(name, entry)| (name.to_owned(), (entry.fingerprint)())).collect() }
    }

    /// Those of the program that ran last, if one has.
    pub(crate) async fn stored(transaction: &Transaction) -> Result<Option<Self>, DbError> {
        let stored = Query::<Self>::new(transaction).first().await?;
        Ok(stored.map(|stored| stored.value))
    }

    /// Puts these in the place of those that are stored.
    pub(crate) async fn store(&self, transaction: &Transaction) -> Result<(), DbError> {
        match Query::<Self>::new(transaction).first().await? {
            Some(stored) => transaction.replace(stored.id, self.clone()).await,
            None => transaction.insert(self.clone()).map(drop),
        }
    }

    /// Whether the jobs of the function `name` are what they were when they were accepted under `before`.
    pub(crate) fn keep(&self, before: &Self, name: &str) -> bool {
        let accepted = before.functions.get(name);
        accepted.is_some() && accepted == self.functions.get(name)
    }

    /// Whether the jobs of all functions are what they were under `before`.
    pub(crate) fn keep_all(&self, before: &Self) -> bool {
        before.functions.keys().all(|name| self.keep(before, name))
    }
}

impl Value for Signatures {}

impl Document for Signatures {
    const TABLE: &'static str = "_scheduled_signatures";
    const INDEXES: &'static [IndexSpec] = &[];

    fn index_key(&self, _: usize, _: &mut KeyWriter) -> Result<(), EncodeError> {
        Ok(())
    }
}
