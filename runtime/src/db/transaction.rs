//! One transaction: a snapshot, what was read from it, and what is to be written.
//!
//! Invariant: everything that a function reads goes through here and is noted, so that the commit can
//! tell whether it still holds. Knows documents and their types, not functions.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use parking_lot::Mutex;

use crate::db::catalog::{Catalog, TableInfo};
use crate::db::commute::{Commutes, CommutesMark};
use crate::db::document::{self, IndexFields, Moves};
use crate::db::overlay::{Overlay, Pending, Savepoint};
use crate::db::own_wait::OwnWait;
use crate::db::time_limit::{TimeLimit, TimedOut};
use crate::db::usage::{Overrun, Usage};
use crate::env::VirtualClock;
use crate::error::DbError;
use crate::knobs::TransactionLimits;
use crate::store::{
    CommitError, CommitTs, Conflict, Fault, GateGuard, IndexNumber, Payload, ReadSet, Snapshot, Store,
    TransactionSnapshot,
};
use crate::value::{Doc, Document, DocumentId, Id, TableNumber, Timestamp};

/// A transaction in progress. Shared by the contexts of one run.
pub(crate) struct Transaction {
    view: View,
    catalog: Arc<Catalog>,
    limits: TransactionLimits,
    own_wait: OwnWait,
    /// Whether the function has made commuting changes.
    commuting: AtomicBool,
    state: Mutex<State>,
}

/// What a transaction sees: queries only read, so nothing they read needs to be remembered.
enum View {
    Query(Snapshot),
    Mutation(TransactionSnapshot),
    /// The snapshot went with the commit.
    Over,
}

pub(super) struct State {
    pub(super) overlay: Overlay,
    pub(super) reads: ReadSet,
    pub(super) commutes: Commutes,
    /// What the snapshot has of the document read last: it is often read again, to be changed.
    last_read: Option<(TableNumber, DocumentId, Option<Payload>)>,
    usage: Usage,
    time: Option<TimeLimit>,
    breach: Option<Breach>,
    pub(super) counting: bool,
    random: fastrand::Rng,
    next_creation: Timestamp,
    /// The clock of a test, which stands still most of the time.
    clock: Option<VirtualClock>,
    after_commit: Vec<AfterCommit>,
}

type AfterCommit = Box<dyn FnOnce(CommitTs) + Send>;

/// A nested call in progress. Dropping it takes back what it wrote and scheduled.
#[must_use = "dropping a nested call takes its writes back"]
pub(crate) struct NestedCall<'a> {
    transaction: &'a Transaction,
    savepoint: Option<Savepoint>,
    after_commit: usize,
    commutes: CommutesMark,
}

/// Why a commit did not happen.
pub(crate) enum CommitFailure {
    /// Another commit came first; the transaction may run again.
    Conflict(Conflict),
    /// Running again would not help.
    Error(DbError),
    /// A commuting change panicked.
    Panic(Box<dyn Any + Send>),
}

impl Transaction {
    /// A transaction that only reads.
    pub(crate) fn query(snapshot: Snapshot, setup: Setup) -> Self {
        Self::new(View::Query(snapshot), setup)
    }

    /// A transaction that reads and writes.
    pub(crate) fn mutation(snapshot: TransactionSnapshot, setup: Setup) -> Self {
        Self::new(View::Mutation(snapshot), setup)
    }

    fn new(view: View, setup: Setup) -> Self {
        let state = State {
            overlay: Overlay::default(),
            reads: ReadSet::default(),
            commutes: Commutes::default(),
            last_read: None,
            usage: Usage::default(),
            time: setup.time,
            breach: None,
            counting: true,
            random: fastrand::Rng::with_seed(setup.seed),
            next_creation: setup.now,
            clock: setup.clock,
            after_commit: Vec::new(),
        };
        Self {
            view,
            catalog: setup.catalog,
            limits: setup.limits,
            own_wait: OwnWait::default(),
            commuting: AtomicBool::new(false),
            state: Mutex::new(state),
        }
    }

    /// The tables of the application.
    pub(crate) fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The waits of this transaction's operations.
    pub(crate) fn own_wait(&self) -> &OwnWait {
        &self.own_wait
    }

    /// When the snapshot was taken.
    pub(crate) fn snapshot_ts(&self) -> CommitTs {
        self.snapshot().ts()
    }

    /// A seed that follows from the transaction's own.
    pub(crate) fn draw_seed(&self) -> u64 {
        self.state.lock().random.u64(..)
    }

    /// Runs `hook` when the transaction has committed; forgotten if it, or the nested call, does not.
    pub(crate) fn after_commit(&self, hook: impl FnOnce(CommitTs) + Send + 'static) {
        self.state.lock().after_commit.push(Box::new(hook));
    }

    /// Works with records of the framework, which count against no limit of the function.
    pub(crate) async fn uncounted<T>(
        &self,
        work: impl AsyncFnOnce(&Self) -> Result<T, DbError>,
    ) -> Result<T, DbError> {
        self.state.lock().counting = false;
        let done = work(self).await;
        self.state.lock().counting = true;
        done
    }

    /// Counts a scheduled function against the limits.
    pub(crate) fn count_scheduled(&self, argument_bytes: usize) -> Result<(), DbError> {
        let mut state = self.state.lock();
        state.charge(|usage| usage.schedule(argument_bytes, &self.limits))
    }

    /// How many bytes of documents it has read.
    pub(crate) fn bytes_read(&self) -> usize {
        self.state.lock().usage.bytes_read()
    }

    /// Begins a nested call, whose writes are taken back unless it is kept.
    pub(crate) fn begin_nested(&self) -> NestedCall<'_> {
        let mut state = self.state.lock();
        let savepoint = Some(state.overlay.savepoint());
        let commutes = state.commutes.mark();
        NestedCall { transaction: self, savepoint, after_commit: state.after_commit.len(), commutes }
    }

    /// The document `id`, if it exists.
    pub(crate) async fn get<T: Document>(&self, id: Id<T>) -> Result<Option<Doc<T>>, DbError> {
        let table = self.catalog.table_of(id)?;
        match self.read(table.number, id.document()).await? {
            Some(found) => Ok(Some(document::decode(table.number, id.document(), &found.payload)?)),
            None => Ok(None),
        }
    }

    /// Inserts a document and returns its id.
    pub(crate) fn insert<T: Document>(&self, value: T) -> Result<Id<T>, DbError> {
        let table = self.catalog.table::<T>()?;
        let (creation_time, id) = self.state.lock().next_id();
        self.insert_doc(table, &Doc { id: Id::new(table.number, id), creation_time, value })
    }

    /// Inserts a document under an id of its own, which must be free.
    pub(super) fn insert_as<T: Document>(&self, id: DocumentId, value: T) -> Result<(), DbError> {
        let table = self.catalog.table::<T>()?;
        let (creation_time, _) = self.state.lock().next_id();
        self.insert_doc(table, &Doc { id: Id::new(table.number, id), creation_time, value }).map(drop)
    }

    fn insert_doc<T: Document>(&self, table: &TableInfo, doc: &Doc<T>) -> Result<Id<T>, DbError> {
        let (creation_time, id) = (doc.creation_time, doc.id.document());
        let payload = document::encode(creation_time, &doc.value)?;
        let keys = document::index_keys(doc)?;
        let mut state = self.state.lock();
        state.write(&self.limits, table, id, Some(payload), false)?;
        state.overlay.change_key(table.by_creation, document::creation_key(creation_time, id), true);
        for (index, key) in table.indexes.iter().zip(keys) {
            state.overlay.change_key(*index, key, true);
        }
        Ok(doc.id)
    }

    /// Changes the document `id` with `change`. A change that leaves it as it was writes nothing.
    pub(crate) async fn patch<T: Document>(
        &self,
        id: Id<T>,
        change: impl FnOnce(&mut T),
    ) -> Result<(), DbError> {
        let found = self.read_existing(self.catalog.table_of(id)?, id).await?;
        self.change_found(id, &found, change)
    }

    /// Puts `value` in the place of the document `id`.
    pub(crate) async fn replace<T: Document>(&self, id: Id<T>, value: T) -> Result<(), DbError> {
        self.replace_with(id, || value).await
    }

    /// As [`replace`](Self::replace), with a value that is taken when nothing more is waited for.
    pub(crate) async fn replace_with<T: Document>(
        &self,
        id: Id<T>,
        value: impl FnOnce() -> T,
    ) -> Result<(), DbError> {
        let table = self.catalog.table_of(id)?;
        let Found { payload, stored } = self.read_existing(table, id).await?;
        let value = value();
        let creation_time = document::creation_time(&payload);
        let doc = Doc { id, creation_time, value };
        let mut moves = Vec::new();
        if !table.indexes.is_empty() {
            let before = document::decode::<T>(table.number, id.document(), &payload)?;
            moves = IndexFields::of(&before.value)?.moves_to(&doc)?;
        }
        self.update(table, &doc, moves, &payload, stored)
    }

    /// Deletes the document `id`.
    pub(crate) async fn delete<T: Document>(&self, id: Id<T>) -> Result<(), DbError> {
        let table = self.catalog.table_of(id)?;
        let Found { payload, stored } = self.read_existing(table, id).await?;
        let doc = document::decode::<T>(table.number, id.document(), &payload)?;
        let keys = document::index_keys(&doc)?;
        let mut state = self.state.lock();
        state.write(&self.limits, table, id.document(), None, stored)?;
        let creation_key = document::creation_key(doc.creation_time, id.document());
        state.overlay.change_key(table.by_creation, creation_key, false);
        for (index, key) in table.indexes.iter().zip(keys) {
            state.overlay.change_key(*index, key, false);
        }
        Ok(())
    }

    /// Commits. `gate` is held by a run that must not lose.
    pub(crate) async fn commit(
        &mut self,
        store: &Store,
        gate: Option<&GateGuard>,
    ) -> Result<CommitTs, CommitFailure> {
        let held;
        let gate = if self.commutes_wait() {
            // Boxed, as what few need is everywhere on the way of a commit.
            held = if gate.is_none() { Some(Box::pin(store.gate()).await) } else { None };
            let gate = gate.or(held.as_ref());
            Box::pin(self.commute_newest(&store.snapshot())).await?;
            gate
        } else {
            gate
        };
        let state = self.state.get_mut();
        if let Some(breach) = state.last_look() {
            return Err(CommitFailure::Error(breach.into()));
        }
        let View::Mutation(snapshot) = std::mem::replace(&mut self.view, View::Over) else {
            unreachable!("a query's transaction is never committed, and a mutation's once");
        };
        let writes = state.overlay.take_writes();
        let ts = match store.commit(snapshot, &state.reads, writes, gate).await {
            Ok(ts) => ts,
            Err(CommitError::Conflict(conflict)) => return Err(CommitFailure::Conflict(conflict)),
            Err(CommitError::Store(error)) => return Err(CommitFailure::Error(error.into())),
        };
        for hook in state.after_commit.drain(..) {
            hook(ts);
        }
        Ok(ts)
    }

    /// The first limit that was gone over, that of time included, whatever the function made of the error.
    pub(crate) fn overrun(&self) -> Option<DbError> {
        self.state.lock().last_look().map(DbError::from)
    }

    /// The limit that was found to be gone over.
    pub(crate) fn breach(&self) -> Option<DbError> {
        self.state.lock().breach.map(DbError::from)
    }

    pub(super) fn commuting(&self) -> &AtomicBool {
        &self.commuting
    }

    pub(super) fn snapshot(&self) -> &Snapshot {
        match &self.view {
            View::Query(snapshot) => snapshot,
            View::Mutation(snapshot) => snapshot,
            View::Over => unreachable!("a transaction is not read after its commit"),
        }
    }

    pub(super) fn with_state<R>(&self, f: impl FnOnce(&mut State) -> R) -> R {
        f(&mut self.state.lock())
    }

    /// Counts a range that is about to be scanned.
    pub(super) fn count_range(&self) -> Result<(), DbError> {
        let mut state = self.state.lock();
        state.charge(|usage| usage.range(&self.limits))
    }

    /// Counts a document of `bytes` that was read.
    pub(super) fn count_read(&self, bytes: usize) -> Result<(), DbError> {
        let mut state = self.state.lock();
        state.charge(|usage| usage.read(bytes, &self.limits))
    }

    /// Notes that `index` was read from one key to another.
    pub(super) fn note_range(&self, index: IndexNumber, range: crate::store::KeyRange) {
        if matches!(self.view, View::Mutation(_)) {
            self.state.lock().reads.range(index, range);
        }
    }

    /// The stored form of a document, own writes first.
    pub(super) async fn read(&self, table: TableNumber, id: DocumentId) -> Result<Option<Found>, DbError> {
        if self.commuting.load(Ordering::Relaxed) {
            Box::pin(self.settle(table, Some(id))).await?;
        }
        {
            let mut state = self.state.lock();
            match state.overlay.document(table, id) {
                Pending::Untouched => {}
                Pending::Deleted => return Ok(None),
                Pending::Written(payload) => {
                    let found = Found::stored(payload.clone());
                    return state.look_at_the_clock().map(|()| Some(found));
                }
            }
            if let Some((last_table, last_id, payload)) = &state.last_read
                && (*last_id, *last_table) == (id, table)
            {
                let payload = payload.clone();
                return state.found(payload, &self.limits);
            }
        }
        let payload = self.own_wait.track(self.snapshot().get(table, id)).await?;
        let mut state = self.state.lock();
        if matches!(self.view, View::Mutation(_)) {
            state.reads.point(table, id);
            state.last_read = Some((table, id, payload.clone()));
        }
        state.found(payload, &self.limits)
    }

    pub(super) async fn read_existing<T: Document>(
        &self,
        table: &TableInfo,
        id: Id<T>,
    ) -> Result<Found, DbError> {
        let found = self.read(table.number, id.document()).await?;
        found.ok_or_else(|| DbError::DocumentNotFound { table: table.name, id: id.to_string() })
    }

    /// Writes a document that was there before.
    pub(super) fn update<T: Document>(
        &self,
        table: &TableInfo,
        doc: &Doc<T>,
        moves: Moves,
        old: &Payload,
        stored: bool,
    ) -> Result<(), DbError> {
        let payload = document::encode(doc.creation_time, &doc.value)?;
        if payload == *old {
            return Ok(());
        }
        let mut state = self.state.lock();
        state.write(&self.limits, table, doc.id.document(), Some(payload), stored)?;
        for (index, (from, to)) in table.indexes.iter().zip(moves) {
            if from != to {
                state.overlay.change_key(*index, from, false);
                state.overlay.change_key(*index, to, true);
            }
        }
        Ok(())
    }
}

impl NestedCall<'_> {
    /// Ends the call and keeps what it wrote and scheduled.
    pub(crate) fn keep(mut self) {
        if let Some(savepoint) = self.savepoint.take() {
            self.transaction.state.lock().overlay.release(savepoint);
        }
    }
}

impl Drop for NestedCall<'_> {
    fn drop(&mut self) {
        if let Some(savepoint) = self.savepoint.take() {
            let mut state = self.transaction.state.lock();
            if self.transaction.snapshot().has_fault(Fault::KeepNested) {
                return;
            }
            state.overlay.roll_back(savepoint);
            state.after_commit.truncate(self.after_commit);
            state.commutes.roll_back(self.commutes);
        }
    }
}

/// What a transaction is begun with.
pub(crate) struct Setup {
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) limits: TransactionLimits,
    /// The instant at which the run stands; documents are created from it on.
    pub(crate) now: Timestamp,
    pub(crate) clock: Option<VirtualClock>,
    pub(crate) seed: u64,
    /// How long the run may take; the framework's own take as long as they need.
    pub(crate) time: Option<TimeLimit>,
}

/// A limit that was gone over.
#[derive(Clone, Copy)]
enum Breach {
    Limit(Overrun),
    Time(TimedOut),
}

impl From<Breach> for DbError {
    fn from(breach: Breach) -> Self {
        match breach {
            Breach::Limit(overrun) => overrun.into(),
            Breach::Time(timed_out) => timed_out.into(),
        }
    }
}

/// A document as it was found.
#[derive(Clone)]
pub(super) struct Found {
    pub(super) payload: Payload,
    /// Whether the snapshot has it. (True for a pending document too: what it was first written with
    /// counts.)
    pub(super) stored: bool,
}

impl Found {
    pub(super) fn stored(payload: Payload) -> Self {
        Self { payload, stored: true }
    }
}

impl State {
    /// The creation time and the id of a document that is inserted now. Both say in which order documents were inserted.
    fn next_id(&mut self) -> (Timestamp, DocumentId) {
        let (creation_time, random) = (self.next_creation, self.random.u64(..));
        let random = if let Some(clock) = &self.clock {
            // Everything happens at one instant there, and yet in an order.
            u64::from(clock.next_number()) << 32 | random >> 32
        } else {
            // Inserts of one transaction are told apart by the microsecond.
            self.next_creation = Timestamp::from_micros(creation_time.as_micros().saturating_add(1));
            random
        };
        (creation_time, DocumentId::new(creation_time, random))
    }

    fn write(
        &mut self,
        limits: &TransactionLimits,
        table: &TableInfo,
        id: DocumentId,
        value: Option<Payload>,
        stored: bool,
    ) -> Result<(), DbError> {
        let before = self.overlay.documents_written();
        let bytes = value.as_ref().map_or(0, |value| value.len());
        self.overlay.set_document(table.number, id, value, stored);
        let fresh = self.overlay.documents_written() > before;
        self.charge(|usage| usage.write(bytes, fresh, limits))
    }

    /// Counts what was found in the snapshot.
    fn found(
        &mut self,
        payload: Option<Payload>,
        limits: &TransactionLimits,
    ) -> Result<Option<Found>, DbError> {
        let bytes = payload.as_ref().map_or(0, |payload| payload.len());
        self.charge(|usage| usage.read(bytes, limits))?;
        Ok(payload.map(Found::stored))
    }

    /// Counts, and remembers an overrun: swallowing the error must not let the transaction commit.
    fn charge(&mut self, count: impl FnOnce(&mut Usage) -> Result<(), Overrun>) -> Result<(), DbError> {
        if !self.counting {
            return Ok(());
        }
        self.look_at_the_clock()?;
        count(&mut self.usage).map_err(|overrun| {
            self.breach.get_or_insert(Breach::Limit(overrun));
            DbError::from(overrun)
        })
    }

    fn look_at_the_clock(&mut self) -> Result<(), DbError> {
        if let Some(Breach::Time(timed_out)) = self.breach {
            return Err(timed_out.into());
        }
        let Some(time) = &mut self.time else { return Ok(()) };
        time.operation().map_err(|timed_out| {
            self.breach.get_or_insert(Breach::Time(timed_out));
            DbError::from(timed_out)
        })
    }

    /// What was breached, the time at the end of the run included.
    fn last_look(&mut self) -> Option<Breach> {
        if self.breach.is_none() {
            let end = self.time.as_ref().map_or(Ok(()), TimeLimit::look);
            self.breach = end.err().map(Breach::Time);
        }
        self.breach
    }
}
