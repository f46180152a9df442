//! All data at one instant, for what reads everything: backups, exports, the check.
//!
//! Invariant: reads, and only where that may block. Knows no types.

use std::sync::Arc;

use crate::app::backup::Data;
use crate::db::{StoredTable, stored_tables};
use crate::env::Env;
use crate::error::{StartError, StoreError};
use crate::store::{Everything, IndexNumber, Key, KeyRange, Payload};
use crate::value::{DocumentId, TableNumber};

/// Documents or entries read at once.
const BATCH: usize = 1_000;

/// The documents of one table by id, whatever its indexes say.
pub(super) struct Documents<'a> {
    instant: &'a Instant,
    table: TableNumber,
    after: Option<DocumentId>,
}

/// Handles to the same instant.
#[derive(Clone)]
pub(super) struct Instant {
    env: Env,
    everything: Arc<Everything>,
}

impl Instant {
    /// The present. Everything in it is durable.
    pub(super) async fn of(data: &Data) -> Result<Self, StoreError> {
        let store = data.store.clone();
        let everything = data.env.run_blocking(move || store.everything()).await?;
        data.store.durable(everything.ts()).await?;
        Ok(Self { env: data.env.clone(), everything: Arc::new(everything) })
    }

    /// Its tables, or `None` when the store never had any.
    pub(super) async fn tables(&self) -> Result<Option<Vec<StoredTable>>, StartError> {
        self.read(stored_tables).await
    }

    /// The next documents of all tables, by number of the table and id; none when there are no more.
    pub(super) async fn documents(
        &self,
        after: Option<(TableNumber, DocumentId)>,
    ) -> Result<Vec<(TableNumber, DocumentId, Payload)>, StoreError> {
        self.read(move |everything| everything.documents(after, BATCH)).await
    }

    /// The next entries of all indexes, by number of the index and key; none when there are no more.
    pub(super) async fn entries(
        &self,
        after: Option<(IndexNumber, Key)>,
    ) -> Result<Vec<(IndexNumber, Key)>, StoreError> {
        self.read(move |everything| everything.entries(after.as_ref(), BATCH)).await
    }

    /// The documents of one table.
    pub(super) fn documents_of(&self, table: TableNumber) -> Documents<'_> {
        Documents { instant: self, table, after: None }
    }

    /// The next documents of one table in the order of creation, and where to go on, until that is `None`.
    pub(super) async fn in_order(
        &self,
        table: &StoredTable,
        rest: KeyRange,
    ) -> Result<(Vec<(DocumentId, Payload)>, Option<KeyRange>), StoreError> {
        let (number, by_creation) = (table.number, table.by_creation);
        self.read(move |everything| {
            let keys = everything.scan(by_creation, &rest, BATCH)?;
            let mut documents = Vec::with_capacity(keys.len());
            for id in keys.iter().filter_map(Key::document) {
                documents.extend(everything.document(number, id)?.map(|payload| (id, payload)));
            }
            Ok((documents, keys.last().map(|last| rest.after(last))))
        })
        .await
    }

    /// Reads where that may block.
    pub(super) async fn read<R: Send + 'static>(
        &self,
        read: impl FnOnce(&Everything) -> R + Send + 'static,
    ) -> R {
        let everything = Arc::clone(&self.everything);
        self.env.run_blocking(move || read(&everything)).await
    }
}

impl Documents<'_> {
    /// The next ones; `None` when there are no more.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<(DocumentId, Payload)>>, StoreError> {
        let table = self.table;
        let before_all = (TableNumber(table.0.saturating_sub(1)), DocumentId([0xff; 16]));
        let after = self.after.map_or(before_all, |id| (table, id));
        let mut found = self.instant.documents(Some(after)).await?;
        found.retain(|(other, ..)| *other == table);
        self.after = found.last().map(|(_, id, _)| *id);
        Ok(self.after.map(|_| found.into_iter().map(|(_, id, payload)| (id, payload)).collect()))
    }
}
