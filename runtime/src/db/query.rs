//! The query builder: which documents, in which order, and how many of them.
//!
//! Invariant: a query reads nothing until it is run, and then just as much of its index as its result needs.

use crate::db::catalog::{Catalog, TableInfo};
use crate::db::document;
use crate::db::index::{IndexRange, RangeBytes};
use crate::db::page::{Cursor, Page, PaginationOptions};
use crate::db::scan::Scan;
use crate::db::transaction::Transaction;
use crate::error::DbError;
use crate::store::{Key, KeyRange, Order, Payload};
use crate::value::{Doc, Document, DocumentId, IndexSpec, TableNumber};

/// A query over the documents of one table. Made by `ctx.db.query()`.
///
/// Without [`with_index`](Query::with_index) it goes through the whole table in the order of creation.
#[must_use = "a query reads nothing until it is run, for example with `collect().await`"]
pub struct Query<'a, T> {
    transaction: &'a Transaction,
    table: TableAccess<T>,
    range: RangeBytes,
    order: Order,
    filters: Vec<Filter<'a, T>>,
}

/// What a query needs of its table, as values instead of bounds: what is no table is then one error, where the query
/// begins, and none at each of its methods.
struct TableAccess<T> {
    name: &'static str,
    indexes: &'static [IndexSpec],
    find: fn(&Catalog) -> Result<&TableInfo, DbError>,
    decode: fn(TableNumber, DocumentId, &Payload) -> Result<Doc<T>, DbError>,
}

impl<T: Document> TableAccess<T> {
    const HERE: Self = Self {
        name: T::TABLE,
        indexes: T::INDEXES,
        find: Catalog::table::<T>,
        decode: |table, id, payload| document::decode(table, id, payload),
    };
}

type Filter<'a, T> = Box<dyn Fn(&Doc<T>) -> bool + Send + Sync + 'a>;

impl<'a, T: Document> Query<'a, T> {
    pub(crate) fn new(transaction: &'a Transaction) -> Self {
        let (range, table) = (RangeBytes::by_creation(), TableAccess::HERE);
        Self { transaction, table, range, order: Order::Ascending, filters: Vec::new() }
    }
}

impl<'a, T> Query<'a, T> {
    /// Only the documents in a range of an index, in the index's order.
    pub fn with_index(mut self, range: impl IndexRange<T>) -> Self {
        self.range = range.into_bytes();
        self
    }

    /// Whether the index is followed up or down. Up is the default.
    pub fn order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// Only the documents for which `keep` says so. What it refuses was still read and counts as such:
    /// an index range is better where one fits.
    pub fn filter(mut self, keep: impl Fn(&Doc<T>) -> bool + Send + Sync + 'a) -> Self {
        self.filters.push(Box::new(keep));
        self
    }

    /// All documents of the query.
    ///
    /// # Errors
    /// When a limit of the transaction is passed, a document does not decode, or the store fails.
    pub async fn collect(self) -> Result<Vec<Doc<T>>, DbError> {
        let mut documents = self.stream()?;
        let mut found = Vec::new();
        while let Some(doc) = documents.next().await? {
            found.push(doc);
        }
        Ok(found)
    }

    /// The first `count` documents, or all if there are fewer.
    ///
    /// # Errors
    /// As [`collect`](Query::collect).
    pub async fn take(self, count: usize) -> Result<Vec<Doc<T>>, DbError> {
        let mut found = Vec::new();
        if count == 0 {
            return Ok(found);
        }
        let mut documents = self.expecting(count)?;
        while let Some(doc) = documents.next().await? {
            found.push(doc);
            if found.len() == count {
                break;
            }
        }
        Ok(found)
    }

    /// The first document, if there is any.
    ///
    /// # Errors
    /// As [`collect`](Query::collect).
    pub async fn first(self) -> Result<Option<Doc<T>>, DbError> {
        self.expecting(1)?.next().await
    }

    /// The only document, if there is any.
    ///
    /// # Errors
    /// [`DbError::NotUnique`] when there is a second one; else as [`collect`](Query::collect).
    pub async fn unique(self) -> Result<Option<Doc<T>>, DbError> {
        let table = self.table.name;
        let mut documents = self.expecting(2)?;
        let only = documents.next().await?;
        match documents.next().await? {
            None => Ok(only),
            Some(_) => Err(DbError::NotUnique { table }),
        }
    }

    /// The documents one by one.
    ///
    /// # Errors
    /// When the query names more index ranges than a transaction may, or a bound that is no valid value.
    pub fn stream(self) -> Result<DocumentStream<'a, T>, DbError> {
        let scan = self.scan(None)?;
        Ok(DocumentStream { scan, decode: self.table.decode, filters: self.filters, last: None })
    }

    /// One page of the documents, and where the next one starts.
    ///
    /// The cursor is a place in the index, so documents inserted or deleted between two pages neither
    /// repeat nor hide others.
    ///
    /// # Errors
    /// [`DbError::InvalidCursor`] when the cursor is not from this query; else as
    /// [`collect`](Query::collect).
    pub async fn paginate(self, options: &PaginationOptions) -> Result<Page<Doc<T>>, DbError> {
        let query = self.identity()?;
        let after = options.cursor.as_ref().map(|cursor| cursor.open(query)).transpose()?;
        let until = options.end_cursor.as_ref().map(|cursor| cursor.open(query)).transpose()?;
        let mut page = Vec::new();
        if let Some(None) = after {
            return Ok(Page { page, is_done: true, continue_cursor: Cursor::end(query) });
        }
        let mut range = self.keys()?;
        if let Some(Some(key)) = &after {
            range = beyond(&range, key, self.order);
        }
        let up_to_end_cursor = until.is_some();
        if let Some(Some(key)) = &until {
            range = up_to(&range, key, self.order);
        }
        let scan = self.scan(Some(range))?.expecting(options.num_items);
        let mut documents =
            DocumentStream { scan, decode: self.table.decode, filters: self.filters, last: None };
        while up_to_end_cursor || page.len() < options.num_items {
            let Some(doc) = documents.next().await? else {
                let end = until.unwrap_or(None);
                return Ok(Page {
                    page,
                    is_done: end.is_none(),
                    continue_cursor: Cursor::at(query, end.as_ref()),
                });
            };
            page.push(doc);
        }
        let place = documents.last.or_else(|| after.flatten());
        let continue_cursor = place.map_or_else(|| Cursor::start(query), |key| Cursor::at(query, Some(&key)));
        Ok(Page { page, is_done: false, continue_cursor })
    }

    fn expecting(self, documents: usize) -> Result<DocumentStream<'a, T>, DbError> {
        let mut stream = self.stream()?;
        stream.scan = stream.scan.expecting(documents);
        Ok(stream)
    }

    fn scan(&self, range: Option<KeyRange>) -> Result<Scan<'a>, DbError> {
        let table = (self.table.find)(self.transaction.catalog())?;
        let index = self.range.index.map_or(table.by_creation, |position| table.indexes[position]);
        let range = match range {
            Some(range) => range,
            None => self.keys()?,
        };
        Scan::new(self.transaction, table.number, index, range, self.order)
    }

    fn keys(&self) -> Result<KeyRange, DbError> {
        let range = match &self.range.keys {
            Ok(range) => range,
            Err(source) => {
                return Err(DbError::InvalidBound { table: self.table.name, reason: source.to_string() });
            }
        };
        Ok(KeyRange::new(Key::from(range.start.as_slice()), range.end.as_deref().map(Key::from)))
    }

    /// What a cursor of this query is bound to: table, index, range and order.
    fn identity(&self) -> Result<u32, DbError> {
        let range = self.keys()?;
        let mut hasher = crc32fast::Hasher::new();
        for part in [self.table.name.as_bytes(), &range.start[..], range.end.as_deref().unwrap_or_default()] {
            hasher.update(&u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes());
            hasher.update(part);
        }
        let index = self.range.index.map_or("by_creation_time", |position| self.table.indexes[position].name);
        hasher.update(index.as_bytes());
        hasher.update(&[u8::from(self.order == Order::Descending)]);
        Ok(hasher.finalize())
    }
}

/// The documents of a query, one by one. Made by [`Query::stream`].
#[must_use = "a stream reads nothing until `next` is awaited"]
pub struct DocumentStream<'a, T> {
    scan: Scan<'a>,
    decode: fn(TableNumber, DocumentId, &Payload) -> Result<Doc<T>, DbError>,
    filters: Vec<Filter<'a, T>>,
    last: Option<Key>,
}

impl<T> DocumentStream<'_, T> {
    /// The next document, if there is one. What the function writes in between is seen.
    ///
    /// # Errors
    /// When a limit of the transaction is passed, a document does not decode, or the store fails.
    pub async fn next(&mut self) -> Result<Option<Doc<T>>, DbError> {
        while let Some(step) = self.scan.next().await? {
            let doc = (self.decode)(self.scan.table(), step.id, &step.payload)?;
            self.last = Some(step.key);
            if self.filters.iter().all(|keep| keep(&doc)) {
                return Ok(Some(doc));
            }
        }
        Ok(None)
    }
}

fn beyond(range: &KeyRange, key: &Key, order: Order) -> KeyRange {
    match order {
        Order::Ascending => range.after(key),
        Order::Descending => range.before(key),
    }
}

/// The part of `range` that a walk in `order` meets before or at `key`; never more than the range, whatever the key.
fn up_to(range: &KeyRange, key: &Key, order: Order) -> KeyRange {
    let rest = beyond(range, key, order);
    match (order, &range.end) {
        (Order::Ascending, Some(end)) => {
            KeyRange::new(range.start.clone(), Some(rest.start.min(end.clone())))
        }
        (Order::Ascending, None) => KeyRange::new(range.start.clone(), Some(rest.start)),
        (Order::Descending, end) => {
            KeyRange::new(rest.end.unwrap_or_default().max(range.start.clone()), end.clone())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cursor_reaches_beyond_the_querys_range() {
        let range = KeyRange::new(Key::from(&b"c"[..]), Some(Key::from(&b"f"[..])));
        for order in [Order::Ascending, Order::Descending] {
            for key in [&b""[..], b"a", b"c", b"d", b"f", b"z"] {
                for part in [up_to(&range, &Key::from(key), order), beyond(&range, &Key::from(key), order)] {
                    let is_inside = part.is_empty() || (part.start >= range.start && part.end <= range.end);
                    assert!(is_inside && part.end.is_some(), "{order:?} {key:?}: {part:?}");
                }
            }
        }
    }
}
