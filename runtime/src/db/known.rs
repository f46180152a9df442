//! A document that a transaction reads first and changes later, decoded once.
//!
//! Invariant: the change is made to what the document is then, also when the transaction has written it meanwhile.

use crate::db::document;
use crate::db::transaction::Transaction;
use crate::error::DbError;
use crate::store::Payload;
use crate::value::{Doc, Document, Id};

/// A document and the stored form that it was read from.
pub(crate) struct Known<T> {
    /// Boxed, as it is handed through many futures, each of which would have room for it.
    doc: Box<Doc<T>>,
    payload: Payload,
}

impl<T> Known<T> {
    pub(crate) fn doc(&self) -> &Doc<T> {
        &self.doc
    }
}

impl Transaction {
    /// As [`get`](Self::get), for a document that is to be [changed](Self::patch_known).
    pub(crate) async fn know<T: Document>(&self, id: Id<T>) -> Result<Option<Known<T>>, DbError> {
        let table = self.catalog().table_of(id)?;
        let Some(found) = self.read(table.number, id.document()).await? else { return Ok(None) };
        let doc = Box::new(document::decode(table.number, id.document(), &found.payload)?);
        Ok(Some(Known { doc, payload: found.payload }))
    }

    /// As [`patch`](Self::patch).
    pub(crate) async fn patch_known<T: Document>(
        &self,
        known: Known<T>,
        change: impl FnOnce(&mut T),
    ) -> Result<(), DbError> {
        let Known { doc, payload } = known;
        let id = doc.id;
        let table = self.catalog().table_of(id)?;
        let found = self.read_existing(table, id).await?;
        if found.payload == payload {
            return self.change_decoded(table, *doc, &found, change);
        }
        self.change_found(id, &found, change)
    }
}
