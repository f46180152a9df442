//! Owns checkpoints: what has changed since the last one goes into the base as one step, and the log up to there away.
//!
//! Commits go on meanwhile. A checkpoint holds the committer only while it takes the list of what has changed; it reads the
//! states at its own timestamp T as any snapshot does, and is registered as one, so they stay.
//!
//! Invariant: the base gets only what is durable in the log already; the log loses only what is durable in the base. What a
//! failed checkpoint was to take, the next one takes.

use std::sync::atomic::Ordering;

use super::base::Batch;
use super::based::Based;
use super::care::Care;
use super::dirty::Dirty;
use super::faults::Fault;
use super::index::State;
use super::payload::Key;
use super::slot::Found;
use super::tracker::Purpose;
use super::{IndexNumber, Inner};
use crate::env::PausePoint;
use crate::error::StoreError;
use crate::value::{DocumentId, TableNumber};

/// Entries of a dropped index that one checkpoint removes from the base.
const PURGE_BATCH: usize = 100_000;

/// Changes put into the base between two steps that let waiting commits look again: about what one commit changes.
const STEP: usize = 4;

/// So many documents ahead the processor is asked to fetch one: most have left its cache.
const DOCUMENTS_AHEAD: usize = 8;

/// Changes put into the base for each time that documents are looked through for room meanwhile, and how many times make
/// one round.
const EVICT_EVERY: usize = 64;
const EVICTIONS: usize = 256;

/// What one checkpoint writes, in the order of the base's keys.
pub(super) struct Changed {
    documents: Vec<(TableNumber, DocumentId)>,
    keys: Vec<(IndexNumber, Key)>,
    dropped: Vec<IndexNumber>,
    /// Bytes of memory that wait for it.
    pinned: usize,
    /// Which of them turned out to be removed: memory keeps them until every view knows.
    removed_documents: Vec<(TableNumber, DocumentId)>,
    removed_keys: Vec<(IndexNumber, Key)>,
}

impl Changed {
    pub(super) fn new(dirty: Dirty) -> Self {
        let Dirty { documents, keys, dropped, pinned } = dirty;
        Self {
            documents: documents.into_sorted(),
            keys: keys.into_sorted(),
            dropped,
            pinned,
            removed_documents: Vec::new(),
            removed_keys: Vec::new(),
        }
    }

    fn len(&self) -> usize {
        self.documents.len() + self.keys.len()
    }

    fn into_dirty(self) -> Dirty {
        let mut dirty = Dirty { dropped: self.dropped, pinned: self.pinned, ..Dirty::default() };
        self.documents.into_iter().for_each(|document| dirty.documents.push(document));
        self.keys.into_iter().for_each(|key| dirty.keys.push(key));
        dirty
    }
}

impl Inner {
    /// Makes a checkpoint of the present, if anything has changed since the last one.
    pub(super) fn checkpoint(&self) -> Result<(), StoreError> {
        let Some(based) = &self.based else { return Ok(()) };
        let mut care = based.care.lock();
        self.checkpoint_with(based, &mut care)
    }

    /// As [`Inner::checkpoint`], for who has the care already.
    pub(super) fn checkpoint_with(&self, based: &Based, care: &mut Care) -> Result<(), StoreError> {
        let begun = {
            let mut committer = self.committer.lock();
            if !committer.is_dirty() && care.facts.purging.is_empty() {
                None
            } else {
                let dirty = committer.take_dirty();
                self.taken.add(dirty.list_bytes());
                self.account_for_dirty(&committer);
                Some((dirty, self.tracker.register(Purpose::Steady), self.counters.bytes_logged.get()))
            }
        };
        care.last_at = self.clock.now();
        let Some((dirty, ts, logged)) = begun else { return Ok(()) };
        let _running = based.base.progress().begin(self.memory_bytes());
        let mut changed = Changed::new(dirty);
        if self.faults.has(Fault::CutEarly)
            && let Some(life) = &based.life
        {
            cut_log(based, life.first_needed(ts));
        }
        let outcome = self.write_checkpoint(based, care, &mut changed, ts);
        self.tracker.unregister(ts, Purpose::Steady);
        match outcome {
            Ok(()) => {
                self.pauses.pass(PausePoint::CheckpointMade);
                care.failures = 0;
                based.checkpoints.add(1);
                based.logged.store(logged, Ordering::Relaxed);
                cut_log(based, care.facts.first_segment);
                let floor = self.release_views(based);
                care.documents_to_reap.append(&mut changed.removed_documents);
                care.keys_to_reap.append(&mut changed.removed_keys);
                drop(changed);
                self.reap(based, care, floor);
                self.evict_partial(based, &self.indexes.residences(), floor);
                Ok(())
            }
            Err(error) => {
                care.failures = care.failures.saturating_add(1);
                based.failures.add(1);
                let mut committer = self.committer.lock();
                committer.put_back(changed.into_dirty());
                self.account_for_dirty(&committer);
                drop(committer);
                self.account_for_lists(care);
                Err(error)
            }
        }
    }

    /// Writes what has `changed`, as it was at `ts`, and makes it the newest view.
    pub(super) fn write_checkpoint(
        &self,
        based: &Based,
        care: &mut Care,
        changed: &mut Changed,
        ts: u64,
    ) -> Result<(), StoreError> {
        if let Some(log) = &self.log {
            log.wait_until_durable(ts)?;
        }
        if care.is_base_broken {
            mend_base(based, care)?;
        }
        let mut facts = care.facts.clone();
        facts.ts = if self.faults.has(Fault::CheckpointTooNew) { ts + 1 } else { ts };
        if let Some(life) = &based.life {
            facts.first_segment = life.first_needed(ts);
        }
        facts.dropped.extend(&changed.dropped);
        facts.purging.extend(&changed.dropped);
        let written = based.base.apply(|batch| {
            self.fill_batch(based, batch, changed, ts, &mut care.hand)?;
            facts.sizes = batch.sizes(std::mem::take(&mut facts.sizes));
            for index in facts.purging.clone() {
                facts.sizes.remove(&index);
                if !batch.purge(index, PURGE_BATCH)? {
                    facts.purging.remove(&index);
                }
            }
            self.pauses.pass(PausePoint::CheckpointWritten);
            based.base.progress().begin_flush();
            Ok(facts.clone())
        });
        based.base.progress().end_flush();
        let viewed = written.and_then(|()| based.base.view());
        match viewed {
            Ok(view) => {
                care.facts = facts;
                based.views.add(view);
                Ok(())
            }
            Err(error) => {
                care.is_base_broken = true;
                mend_base(based, care)?;
                // It may have become durable before it failed.
                if care.facts.ts == ts { Ok(()) } else { Err(error) }
            }
        }
    }

    fn fill_batch(
        &self,
        based: &Based,
        batch: &mut Batch<'_>,
        changed: &mut Changed,
        ts: u64,
        hand: &mut usize,
    ) -> Result<(), StoreError> {
        let (mut put, all, floor) = (0, changed.len(), based.views.floor());
        let mut progress = || {
            put += 1;
            if put % STEP == 0 {
                based.base.progress().put(put, all);
            }
            // What can leave at once does not wait for the end.
            if put % EVICT_EVERY == 0
                && put / EVICT_EVERY <= 2 * EVICTIONS
                && self.memory_bytes() > based.limits.low
            {
                let parts = self.documents.parts();
                for _ in 0..parts.div_ceil(EVICTIONS) {
                    self.documents.evict(*hand, floor);
                    *hand = (*hand + 1) % parts;
                }
            }
        };
        let Changed { documents, keys, removed_documents, removed_keys, .. } = changed;
        (*removed_documents, *removed_keys) = (Vec::new(), Vec::new());
        for (number, &(table, id)) in documents.iter().enumerate() {
            progress();
            if let Some(&(table, id)) = documents.get(number + DOCUMENTS_AHEAD) {
                self.documents.approach(table, id);
            }
            match self.documents.state(table, id, ts) {
                Found::Here(value) => {
                    if value.is_none() {
                        removed_documents.push((table, id));
                    }
                    if value.is_some() || !self.faults.has(Fault::ForgetTombstones) {
                        batch.document(table, id, value.as_deref())?;
                    }
                }
                Found::Elsewhere => {
                    return Err(StoreError::Inconsistent { what: "a changed document is not in memory" });
                }
            }
        }
        for (index, key) in &*keys {
            progress();
            match self.indexes.state(*index, key, ts) {
                State::Known(is_there) => {
                    if !is_there {
                        removed_keys.push((*index, key.clone()));
                    }
                    batch.entry(*index, key, is_there)?;
                }
                State::Dropped => {}
                State::Unknown => {
                    return Err(StoreError::Inconsistent { what: "a changed index entry is not in memory" });
                }
            }
        }
        Ok(())
    }

    /// Removes from memory the tombstones that every view knows of.
    pub(super) fn reap(&self, based: &Based, care: &mut Care, floor: u64) {
        let Care { documents_to_reap: documents, keys_to_reap: keys, .. } = care;
        let reaped = |is_left: bool| {
            based.base.progress().step();
            is_left
        };
        documents.sort_unstable();
        documents.dedup();
        documents.retain(|(table, id)| reaped(self.documents.reap(*table, *id, floor)));
        documents.shrink_to_fit();
        keys.sort_unstable();
        keys.dedup();
        keys.retain(|(index, key)| reaped(self.indexes.reap(*index, key, floor)));
        keys.shrink_to_fit();
        self.account_for_lists(care);
    }

    fn account_for_lists(&self, care: &Care) {
        self.taken.set(list_bytes(&care.documents_to_reap, &care.keys_to_reap));
    }
}

fn list_bytes(documents: &Vec<(TableNumber, DocumentId)>, keys: &Vec<(IndexNumber, Key)>) -> usize {
    documents.capacity() * size_of::<(TableNumber, DocumentId)>()
        + keys.capacity() * size_of::<(IndexNumber, Key)>()
}

/// Opens the base anew after a failure, at whichever checkpoint it has.
pub(super) fn mend_base(based: &Based, care: &mut Care) -> Result<(), StoreError> {
    care.is_base_broken = true;
    based.base.reopen()?;
    care.facts = based.base.facts()?;
    based.views.add(based.base.view()?);
    care.is_base_broken = false;
    Ok(())
}

/// Removes the segments of the log before the first that the base says it needs. Not those that have become superfluous
/// since it said so: their absence would be taken for a loss at the next start.
fn cut_log(based: &Based, first_needed: u64) {
    if let Some(life) = &based.life {
        life.cut(&based.segments, first_needed);
    }
}
