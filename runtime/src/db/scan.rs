//! Walking an index: what the snapshot has, merged with what the transaction has written.
//!
//! Invariant: exact at every step. Whatever the function writes between two steps shows in the next,
//! and just the part of the index that was walked counts as read.

use std::cmp::Ordering;
use std::collections::VecDeque;

use crate::db::transaction::Transaction;
use crate::error::DbError;
use crate::store::{IndexNumber, Key, KeyRange, Order, Payload};
use crate::value::{DocumentId, TableNumber};

/// A walk along an index. Dropping it notes what was read.
pub(crate) struct Scan<'a> {
    transaction: &'a Transaction,
    table: TableNumber,
    index: IndexNumber,
    order: Order,
    whole: KeyRange,
    /// What lies before the walk.
    ahead: KeyRange,
    /// What has not been fetched from the snapshot; `None` when all has.
    unfetched: Option<KeyRange>,
    fetched: VecDeque<Key>,
    batch: usize,
    finished: bool,
}

/// One step of a scan.
pub(crate) struct Step {
    pub(crate) key: Key,
    pub(crate) id: DocumentId,
    pub(crate) payload: Payload,
}

/// Keys fetched at once: at first, and at most.
const FIRST_BATCH: usize = 16;
const LARGEST_BATCH: usize = 256;

impl<'a> Scan<'a> {
    pub(crate) fn new(
        transaction: &'a Transaction,
        table: TableNumber,
        index: IndexNumber,
        range: KeyRange,
        order: Order,
    ) -> Result<Self, DbError> {
        transaction.count_range()?;
        Ok(Self {
            transaction,
            table,
            index,
            order,
            ahead: range.clone(),
            unfetched: Some(range.clone()),
            whole: range,
            fetched: VecDeque::new(),
            batch: FIRST_BATCH,
            finished: false,
        })
    }

    /// Fetches this many keys at first: what the caller knows it will take.
    pub(crate) fn expecting(mut self, documents: usize) -> Self {
        self.batch = documents.clamp(1, LARGEST_BATCH);
        self
    }

    /// The table whose index is walked.
    pub(crate) fn table(&self) -> TableNumber {
        self.table
    }

    /// The next document, if there is one.
    pub(crate) async fn next(&mut self) -> Result<Option<Step>, DbError> {
        self.transaction.settle(self.table, None).await?;
        loop {
            let key = match self.next_key() {
                Next::Key(key) => key,
                Next::Fetch(range) => {
                    self.fetch(&range).await?;
                    continue;
                }
                Next::End => {
                    self.finished = true;
                    return Ok(None);
                }
            };
            self.ahead = beyond(&self.ahead, &key, self.order);
            let Some(id) = key.document() else { continue };
            if let Some(found) = self.transaction.read(self.table, id).await? {
                return Ok(Some(Step { key, id, payload: found.payload }));
            }
        }
    }

    async fn fetch(&mut self, range: &KeyRange) -> Result<(), DbError> {
        let snapshot = self.transaction.snapshot();
        let scan = snapshot.scan(self.index, range, self.order, self.batch);
        let keys = self.transaction.own_wait().track(scan).await.map_err(DbError::from)?;
        self.unfetched = match keys.last() {
            Some(last) if keys.len() == self.batch => Some(beyond(range, last, self.order)),
            _ => None,
        };
        self.batch = (self.batch * 2).clamp(FIRST_BATCH, LARGEST_BATCH);
        self.fetched = keys.into();
        Ok(())
    }

    /// Takes the next key: the first of the fetched and the pending ones that is not pending removal.
    fn next_key(&mut self) -> Next {
        let Self { transaction, index, order, ahead, fetched, unfetched, .. } = self;
        transaction.with_state(|state| {
            let mut pending = state.overlay.keys(*index, ahead);
            let mut next_pending = || match order {
                Order::Ascending => pending.next(),
                Order::Descending => pending.next_back(),
            };
            let mut candidate = next_pending();
            loop {
                if fetched.is_empty()
                    && let Some(range) = unfetched
                {
                    return Next::Fetch(range.clone());
                }
                let Some((key, inserted)) = candidate else { break };
                let place = fetched.front().map_or(Ordering::Less, |front| match order {
                    Order::Ascending => key.cmp(front),
                    Order::Descending => front.cmp(key),
                });
                match (place, inserted) {
                    (Ordering::Greater, _) => break,
                    (_, true) => return Next::Key(key.clone()),
                    (Ordering::Equal, false) => {
                        fetched.pop_front();
                    }
                    (Ordering::Less, false) => {}
                }
                candidate = next_pending();
            }
            fetched.pop_front().map_or(Next::End, Next::Key)
        })
    }
}

/// What a step of the walk does next.
enum Next {
    Key(Key),
    Fetch(KeyRange),
    End,
}

impl Drop for Scan<'_> {
    fn drop(&mut self) {
        let read = match (self.finished, self.order) {
            (true, _) => self.whole.clone(),
            (false, Order::Ascending) => {
                KeyRange::new(self.whole.start.clone(), Some(self.ahead.start.clone()))
            }
            (false, Order::Descending) => match &self.ahead.end {
                Some(end) => KeyRange::new(end.clone(), self.whole.end.clone()),
                None => return,
            },
        };
        if !read.is_empty() {
            self.transaction.note_range(self.index, read);
        }
    }
}

/// The part of `range` that a walk in `order` meets after `key`.
fn beyond(range: &KeyRange, key: &Key, order: Order) -> KeyRange {
    match order {
        Order::Ascending => range.after(key),
        Order::Descending => range.before(key),
    }
}
