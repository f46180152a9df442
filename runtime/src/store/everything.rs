//! Owns reading everything there is: for copies, and for checks of a folder that nobody has open.
//!
//! What is handed out has no age limit, and so a cost for as long as it lives. With a base it is a view of a checkpoint made for
//! the purpose: memory keeps nothing for it, but the pages that it shows are not used again, so the base's file grows by what
//! is changed meanwhile. Without a base, memory keeps the old versions of what is changed meanwhile.
//!
//! Invariant: what is handed out is the store as it was at one commit, however long that takes; no commit waits for it. Its
//! methods block for the disk.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::base::{Base, Facts, View};
use super::disk::{Disk, OpenMode, RealDisk};
use super::folder::DataFolder;
use super::log::segment::Segments;
use super::log::{format, reader};
use super::open::begin;
use super::payload::{Key, Payload};
use super::read_set::KeyRange;
use super::snapshot::Snapshot;
use super::{CommitTs, IndexNumber, Order, Store};
use crate::error::StoreError;
use crate::value::{DocumentId, TableNumber};

/// Memory for the base's pages while it is checked.
const CHECK_CACHE: usize = 64 << 20;

/// Documents and entries read at once while they are counted.
const BATCH: usize = 4096;

/// The whole store at one commit, in batches.
pub(crate) struct Everything {
    ts: CommitTs,
    source: Source,
}

enum Source {
    Base { view: Arc<View>, dropped: BTreeSet<IndexNumber> },
    Memory { snapshot: Snapshot, documents: Vec<(TableNumber, DocumentId)>, indexes: Vec<IndexNumber> },
}

impl Store {
    /// Everything as it is now. With a folder this makes a checkpoint first, and blocks for that.
    ///
    /// # Errors
    /// When the checkpoint cannot be made.
    pub(crate) fn everything(&self) -> Result<Everything, StoreError> {
        let Some(based) = &self.inner.based else {
            let snapshot = Snapshot::steady(&self.inner);
            let documents = self.inner.documents.list(snapshot.ts().0);
            let mut indexes: Vec<_> =
                self.inner.indexes.residences().iter().map(|index| index.index).collect();
            indexes.sort_unstable();
            return Ok(Everything {
                ts: snapshot.ts(),
                source: Source::Memory { snapshot, documents, indexes },
            });
        };
        let mut care = based.care.lock();
        self.inner.checkpoint_with(based, &mut care)?;
        let view = based.views.newest().ok_or(StoreError::Closed)?;
        let dropped = care.facts.dropped.clone();
        Ok(Everything { ts: CommitTs(view.ts()), source: Source::Base { view, dropped } })
    }

    /// Reads a folder that nobody has open, and changes nothing: the checksums of the log, every page of the base, every
    /// document and entry in it. Blocks for as long as that takes.
    ///
    /// # Errors
    /// The first damage found, with file and place; or why the folder cannot be read.
    pub(crate) fn verify(folder: impl AsRef<Path>) -> Result<Verified, StoreError> {
        Self::verify_on(Arc::new(RealDisk), folder.as_ref())
    }

    /// As [`Store::verify`], on any disk.
    ///
    /// # Errors
    /// As [`Store::verify`].
    pub(crate) fn verify_on(disk: Arc<dyn Disk>, path: &Path) -> Result<Verified, StoreError> {
        let folder = DataFolder::lock(&disk, path)?;
        let segments = Segments::new(Arc::clone(&disk), folder.log_path());
        let mut verified = Verified::default();
        let (mut first, mut after) = (1, 0);
        let base = Base::check(disk, path, CHECK_CACHE)?;
        begin(&segments, path, base.is_some(), base.as_ref().map_or(&Facts::default(), |base| &base.facts))?;
        if let Some(base) = base {
            (first, after) = (base.facts.first_segment, base.facts.ts);
            let everything = Everything {
                ts: CommitTs(base.facts.ts),
                source: Source::Base { view: Arc::new(base.view), dropped: base.facts.dropped },
            };
            verified.documents = everything.count_documents()?;
            verified.entries = everything.count_entries()?;
        }
        verified.ts = CommitTs(after);
        let tail = reader::recover(&segments, OpenMode::ReadOnly, first, after, |ts, body| {
            format::decode_body(body).ok_or("a record holds what this program does not write")?;
            verified.commits += 1;
            verified.ts = CommitTs(ts);
            Ok(())
        })?;
        verified.segments = tail.map_or(0, |tail| tail.closed.len() as u64 + 1);
        Ok(verified)
    }
}

/// What [`Store::verify`] read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Verified {
    /// The newest commit.
    pub(crate) ts: CommitTs,
    /// Segments of the log.
    pub(crate) segments: u64,
    /// Commits in the log that the base does not have.
    pub(crate) commits: u64,
    /// Documents in the base.
    pub(crate) documents: u64,
    /// Index entries in the base.
    pub(crate) entries: u64,
}

impl Everything {
    /// The newest commit in it.
    pub(crate) fn ts(&self) -> CommitTs {
        self.ts
    }

    /// At most `limit` documents behind `after`, by table number and id; none when there are no more.
    ///
    /// # Errors
    /// When the base cannot be read.
    pub(crate) fn documents(
        &self,
        after: Option<(TableNumber, DocumentId)>,
        limit: usize,
    ) -> Result<Vec<(TableNumber, DocumentId, Payload)>, StoreError> {
        match &self.source {
            Source::Base { view, .. } => view.documents_after(after, limit),
            Source::Memory { snapshot, documents, .. } => {
                let start =
                    documents.partition_point(|document| after.is_some_and(|after| *document <= after));
                let mut found = Vec::new();
                for &(table, id) in documents[start..].iter().take(limit) {
                    found.extend(snapshot.read_now(table, id)?.map(|payload| (table, id, payload)));
                }
                Ok(found)
            }
        }
    }

    /// At most `limit` index entries behind `after`, by index number and key; none when there are no more. Those of
    /// dropped indexes are left out.
    ///
    /// # Errors
    /// When the base cannot be read.
    pub(crate) fn entries(
        &self,
        after: Option<&(IndexNumber, Key)>,
        limit: usize,
    ) -> Result<Vec<(IndexNumber, Key)>, StoreError> {
        let Source::Memory { snapshot, indexes, .. } = &self.source else {
            return self.stored_entries(after, limit);
        };
        let mut found = Vec::new();
        for &index in indexes.iter().filter(|index| after.is_none_or(|(last, _)| last <= *index)) {
            let range = match after {
                Some((last, key)) if *last == index => KeyRange::all().after(key),
                _ => KeyRange::all(),
            };
            let keys = snapshot.scan_now(index, &range, Order::Ascending, limit - found.len())?;
            found.extend(keys.into_iter().map(|key| (index, key)));
            if found.len() >= limit {
                break;
            }
        }
        Ok(found)
    }

    /// One document's bytes, or `None` when there is none.
    ///
    /// # Errors
    /// When the base cannot be read.
    pub(crate) fn document(&self, table: TableNumber, id: DocumentId) -> Result<Option<Payload>, StoreError> {
        match &self.source {
            Source::Base { view, .. } => view.document(table, id),
            Source::Memory { snapshot, .. } => snapshot.read_now(table, id),
        }
    }

    /// At most `limit` entries of one index in `range`, from the lowest up.
    ///
    /// # Errors
    /// When the base cannot be read.
    pub(crate) fn scan(
        &self,
        index: IndexNumber,
        range: &KeyRange,
        limit: usize,
    ) -> Result<Vec<Key>, StoreError> {
        match &self.source {
            Source::Base { dropped, .. } if dropped.contains(&index) => Ok(Vec::new()),
            Source::Base { view, .. } => view.entries(index, range, Order::Ascending, limit),
            Source::Memory { snapshot, .. } => snapshot.scan_now(index, range, Order::Ascending, limit),
        }
    }

    fn stored_entries(
        &self,
        after: Option<&(IndexNumber, Key)>,
        limit: usize,
    ) -> Result<Vec<(IndexNumber, Key)>, StoreError> {
        let Source::Base { view, dropped } = &self.source else { return Ok(Vec::new()) };
        let mut after = after.cloned();
        loop {
            let mut found = view.entries_after(after.as_ref(), limit)?;
            let Some(last) = found.last().cloned() else { return Ok(found) };
            found.retain(|(index, _)| !dropped.contains(index));
            if !found.is_empty() {
                return Ok(found);
            }
            after = Some(last);
        }
    }

    fn count_documents(&self) -> Result<u64, StoreError> {
        let Source::Base { view, .. } = &self.source else { return Ok(0) };
        let (mut count, mut after) = (0, None);
        loop {
            let found = view.documents_after(after, BATCH)?;
            let Some((table, id, _)) = found.last() else { return Ok(count) };
            after = Some((*table, *id));
            count += found.len() as u64;
        }
    }

    fn count_entries(&self) -> Result<u64, StoreError> {
        let (mut count, mut after) = (0, None);
        loop {
            let mut found = self.stored_entries(after.as_ref(), BATCH)?;
            count += found.len() as u64;
            after = found.pop();
            if after.is_none() {
                return Ok(count);
            }
        }
    }
}
