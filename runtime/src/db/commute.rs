//! Changes to whatever a document is at the commit, instead of to what the snapshot saw.
//!
//! A commuting change notes no read, so it collides with nobody. It waits until the commit, where nobody else commits,
//! and is made to the newest version there; a *merge* is made where there is none too, and inserts it. A read of the same
//! document before that makes it an ordinary change of what the snapshot has, so that a transaction sees what it writes.
//!
//! Invariant: each change is made exactly once in a transaction that commits; one that a nested call had made and took
//! back waits again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;

use crate::db::catalog::TableInfo;
use crate::db::document::{self, IndexFields};
use crate::db::overlay::Pending;
use crate::db::transaction::{CommitFailure, Found, Transaction};
use crate::error::DbError;
use crate::store::{Collision, Conflict, Snapshot};
use crate::value::{Doc, Document, DocumentId, Id, TableNumber};

/// The commuting changes of one transaction, in their order.
#[derive(Default)]
pub(super) struct Commutes {
    changes: Vec<Commute>,
    /// Counts what happens, to tell what was made before a nested call from what was made inside.
    moment: u64,
}

struct Commute {
    table: TableNumber,
    id: DocumentId,
    change: Change,
    /// Whether it counts against the limits.
    counted: bool,
    /// When it was made, if it was.
    made: Option<u64>,
}

/// Returns whether it could be made: most need a document to be there.
type Change = Box<dyn Fn(&Transaction, Option<&Found>) -> Result<bool, DbError> + Send>;

/// Where the changes stood when a nested call began.
#[derive(Clone, Copy)]
pub(super) struct CommutesMark {
    count: usize,
    moment: u64,
}

impl Commutes {
    pub(super) fn mark(&mut self) -> CommutesMark {
        self.moment += 1;
        CommutesMark { count: self.changes.len(), moment: self.moment }
    }

    /// Forgets what came after the mark. What was made after it was taken back with everything else, and waits again.
    pub(super) fn roll_back(&mut self, mark: CommutesMark) {
        self.changes.truncate(mark.count);
        for commute in &mut self.changes {
            commute.made = commute.made.filter(|made| *made < mark.moment);
        }
    }

    /// Which documents of `table` have changes that wait: the one with `id`, or all.
    fn waiting(&self, table: TableNumber, id: Option<DocumentId>) -> Vec<DocumentId> {
        let waits = |commute: &&Commute| {
            commute.made.is_none() && commute.table == table && id.is_none_or(|id| commute.id == id)
        };
        let mut ids: Vec<_> = self.changes.iter().filter(waits).map(|commute| commute.id).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }
}

impl Transaction {
    /// Has `change`, which is taken when nothing more is waited for, made to the newest version of the document `id`
    /// when this commits.
    pub(crate) async fn commute<T: Document, C: Fn(&mut T) + Send + 'static>(
        &self,
        id: Id<T>,
        change: impl FnOnce() -> C,
    ) -> Result<(), DbError> {
        let table = self.catalog().table_of(id)?;
        let (number, document) = (table.number, id.document());
        let is_own =
            self.with_state(|state| !matches!(state.overlay.document(number, document), Pending::Untouched));
        if is_own {
            return self.patch(id, |document| change()(document)).await;
        }
        // That it exists need not be noted: if it is gone at the commit, the transaction runs again.
        let payload = self.own_wait().track(self.snapshot().get(number, document)).await?;
        self.count_read(payload.as_ref().map_or(0, |payload| payload.len()))?;
        if payload.is_none() {
            self.with_state(|state| state.reads.point(number, document));
            return Err(DbError::DocumentNotFound { table: table.name, id: id.to_string() });
        }
        let change = change();
        self.wait_with(number, document, move |transaction, found| {
            let Some(found) = found else { return Ok(false) };
            transaction.change_found::<T>(id, found, &change).map(|()| true)
        });
        Ok(())
    }

    /// Has `value` merged into the document `id` when this commits: `merge` changes the newest version by it, and where there
    /// is none it is inserted. So the id has to follow from what the document stands for.
    pub(crate) fn merge<T: Document + Clone>(
        &self,
        id: DocumentId,
        value: T,
        merge: fn(&mut T, &T),
    ) -> Result<(), DbError> {
        let number = self.catalog().table::<T>()?.number;
        let merge_into = move |transaction: &Self, found: Option<&Found>| match found {
            Some(found) => {
                transaction.change_found(Id::new(number, id), found, |stored| merge(stored, &value))
            }
            None => transaction.insert_as(id, value.clone()),
        };
        let own = self.with_state(|state| match state.overlay.document(number, id) {
            Pending::Untouched => None,
            Pending::Deleted => Some(None),
            Pending::Written(payload) => Some(Some(Found::stored(payload.clone()))),
        });
        if let Some(own) = own {
            return merge_into(self, own.as_ref());
        }
        self.wait_with(number, id, move |transaction, found| merge_into(transaction, found).map(|()| true));
        Ok(())
    }

    fn wait_with(
        &self,
        table: TableNumber,
        id: DocumentId,
        change: impl Fn(&Self, Option<&Found>) -> Result<bool, DbError> + Send + 'static,
    ) {
        let change: Change = Box::new(change);
        self.with_state(|state| {
            let commute = Commute { table, id, change, counted: state.counting, made: None };
            state.commutes.changes.push(commute);
        });
        self.commuting().store(true, Ordering::Relaxed);
    }

    /// Before a read of one document, or of all of a table: makes the changes that wait there ordinary ones.
    pub(super) async fn settle(&self, table: TableNumber, id: Option<DocumentId>) -> Result<(), DbError> {
        if !self.commuting().load(Ordering::Relaxed) {
            return Ok(());
        }
        let waiting = self.with_state(|state| state.commutes.waiting(table, id));
        for id in waiting {
            let payload = self.own_wait().track(self.snapshot().get(table, id)).await?;
            self.with_state(|state| state.reads.point(table, id));
            self.make(table, id, payload.map(Found::stored))?;
        }
        Ok(())
    }

    /// At the commit, while nobody else can commit: makes the changes that still wait to what `newest` has.
    pub(super) async fn commute_newest(&self, newest: &Snapshot) -> Result<(), CommitFailure> {
        let mut waiting: Vec<_> = self.with_state(|state| {
            let waiting = state.commutes.changes.iter().filter(|commute| commute.made.is_none());
            waiting.map(|commute| (commute.table, commute.id)).collect()
        });
        waiting.sort_unstable();
        waiting.dedup();
        for (table, id) in waiting {
            let payload = newest.get(table, id).await.map_err(|error| CommitFailure::Error(error.into()))?;
            let found = payload.map(Found::stored);
            let made = catch_unwind(AssertUnwindSafe(|| self.make(table, id, found)));
            match made {
                Ok(Ok(true)) => {}
                Ok(Ok(false)) => {
                    let collision = Collision::Document { table, id };
                    return Err(CommitFailure::Conflict(Conflict { collision, ts: newest.ts() }));
                }
                Ok(Err(error)) => return Err(CommitFailure::Error(error)),
                Err(panic) => return Err(CommitFailure::Panic(panic)),
            }
        }
        Ok(())
    }

    /// Whether changes wait for the commit.
    pub(super) fn commutes_wait(&self) -> bool {
        self.commuting().load(Ordering::Relaxed)
            && self.with_state(|state| state.commutes.changes.iter().any(|commute| commute.made.is_none()))
    }

    /// Makes all changes that wait for one document, the first to `found`, each next one to what the former left. Returns
    /// whether all could be made.
    fn make(&self, table: TableNumber, id: DocumentId, found: Option<Found>) -> Result<bool, DbError> {
        // What a read has made of it already, if the error was not taken for the end.
        let own = self.with_state(|state| match state.overlay.document(table, id) {
            Pending::Written(payload) => Some(Found::stored(payload.clone())),
            Pending::Deleted | Pending::Untouched => None,
        });
        let mut found = own.or(found);
        // Out of the state while they run, for they write to it.
        let mut changes = self.with_state(|state| std::mem::take(&mut state.commutes.changes));
        let mut all_made = Ok(true);
        for commute in &mut changes {
            if all_made.is_err() || commute.made.is_some() || (commute.table, commute.id) != (table, id) {
                continue;
            }
            let counting = self.with_state(|state| std::mem::replace(&mut state.counting, commute.counted));
            let made = (commute.change)(self, found.as_ref());
            self.with_state(|state| {
                state.counting = counting;
                match made {
                    Ok(true) => {
                        state.commutes.moment += 1;
                        commute.made = Some(state.commutes.moment);
                    }
                    Ok(false) => all_made = Ok(false),
                    Err(error) => all_made = Err(error),
                }
                // A change that leaves the document as it was has written nothing.
                if let Pending::Written(payload) = state.overlay.document(table, id) {
                    found = Some(Found::stored(payload.clone()));
                }
            });
        }
        self.with_state(|state| state.commutes.changes = changes);
        all_made
    }

    /// Changes what was found of the document `id`.
    pub(super) fn change_found<T: Document>(
        &self,
        id: Id<T>,
        found: &Found,
        change: impl FnOnce(&mut T),
    ) -> Result<(), DbError> {
        let table = self.catalog().table_of(id)?;
        let doc = document::decode::<T>(table.number, id.document(), &found.payload)?;
        self.change_decoded(table, doc, found, change)
    }

    /// Changes a document that `found` was decoded to.
    pub(super) fn change_decoded<T: Document>(
        &self,
        table: &TableInfo,
        mut doc: Doc<T>,
        found: &Found,
        change: impl FnOnce(&mut T),
    ) -> Result<(), DbError> {
        let fields = IndexFields::of(&doc.value)?;
        change(&mut doc.value);
        let moves = fields.moves_to(&doc)?;
        self.update(table, &doc, moves, &found.payload, found.stored)
    }
}
