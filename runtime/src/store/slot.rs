//! Owns one versioned value: the current version in place, older ones boxed for as long as a snapshot needs them.
//!
//! Invariant: for every live snapshot `s`, [`Slot::at`] finds the version that was newest at `s`. A version written
//! at `v` and replaced at `c` can be dropped exactly when no live snapshot lies in `v <= s < c`. [`Keep`] is the
//! only judge of that; it is exact while snapshots cannot register, and keeps everything otherwise.

use super::tracker::Registry;

/// Which replaced versions a write has to leave behind.
#[derive(Clone, Copy)]
pub(super) enum Keep<'a> {
    /// Those that one of these snapshots reads; no other snapshot can appear meanwhile.
    For(&'a Registry),
    /// All of them: a snapshot of the present may be taken while this write is going on.
    All,
}

impl Keep<'_> {
    fn needs(self, written: u64, replaced: u64) -> bool {
        match self {
            Keep::For(live) => live.any_within(written, replaced),
            Keep::All => true,
        }
    }
}

/// What memory knows of one key at one timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found<V> {
    /// This was the state, or there was nothing.
    Here(Option<V>),
    /// Memory does not know: the base does.
    Elsewhere,
}

/// One value and its history. `T` is a document's bytes, or `()` for an index entry.
pub(super) struct Slot<T> {
    ts: u64,
    value: Option<T>,
    older: Option<Box<Older<T>>>,
}

/// Replaced versions, oldest first.
struct Older<T> {
    versions: Vec<(u64, Option<T>)>,
}

/// A chain this long is looked through for versions that no snapshot needs any more; again at each doubling.
const PRUNE_AT: usize = 8;

impl<T: Clone> Found<&T> {
    pub(super) fn cloned(self) -> Found<T> {
        match self {
            Found::Here(value) => Found::Here(value.cloned()),
            Found::Elsewhere => Found::Elsewhere,
        }
    }
}

impl<T> Slot<T> {
    pub(super) fn new(ts: u64, value: T) -> Self {
        Self::of(ts, Some(value))
    }

    /// A slot of one version; without a value, a tombstone.
    pub(super) fn of(ts: u64, value: Option<T>) -> Self {
        Self { ts, value, older: None }
    }

    /// When it was last written or deleted.
    pub(super) fn newest(&self) -> u64 {
        self.ts
    }

    pub(super) fn current(&self) -> Option<&T> {
        self.value.as_ref()
    }

    /// What a snapshot at `ts` sees, as far as this slot knows it: [`Found::Elsewhere`] when everything in it is newer.
    pub(super) fn at(&self, ts: u64) -> Found<&T> {
        if self.ts <= ts {
            return Found::Here(self.value.as_ref());
        }
        let older = self.older.as_ref().map_or(&[][..], |older| &older.versions);
        match older.iter().rev().find(|(written, _)| *written <= ts) {
            Some((_, value)) => Found::Here(value.as_ref()),
            None => Found::Elsewhere,
        }
    }

    /// Whether the slot is its current state alone, as it has been since `floor` or longer.
    pub(super) fn is_settled_by(&self, floor: u64) -> bool {
        self.older.is_none() && self.ts <= floor
    }

    /// The replaced versions that are still kept.
    pub(super) fn older_values(&self) -> impl Iterator<Item = Option<&T>> {
        self.older.iter().flat_map(|older| older.versions.iter().map(|(_, value)| value.as_ref()))
    }

    /// Writes the version of the commit at `ts`. Returns whether the slot has to be visited again once no snapshot
    /// older than `ts` is left and is not yet due for a visit.
    pub(super) fn put(&mut self, ts: u64, value: Option<T>, keep: Keep<'_>) -> bool {
        let replaced = std::mem::replace(&mut self.value, value);
        let was_chained = self.older.is_some();
        if self.ts != ts {
            if keep.needs(self.ts, ts) {
                let older = self.older.get_or_insert_with(|| Box::new(Older { versions: Vec::new() }));
                older.versions.push((self.ts, replaced));
            }
            self.ts = ts;
            self.prune(keep);
        }
        let is_tombstone = self.value.is_none() && keep.needs(0, ts);
        (self.older.is_some() || is_tombstone) && !was_chained
    }

    /// Whether the slot says no more than an absent one, for every snapshot in `keep` and later.
    pub(super) fn is_void(&self, keep: Keep<'_>) -> bool {
        self.value.is_none() && self.older.is_none() && !keep.needs(0, self.ts)
    }

    /// Frees what only snapshots before `oldest` would need.
    pub(super) fn settle(&mut self, oldest: u64) -> Settled {
        if let Some(older) = &mut self.older {
            // A version is needed while its successor is newer than the oldest snapshot.
            let first_visible = older.versions.partition_point(|(written, _)| *written <= oldest);
            let all_replaced = self.ts <= oldest;
            older
                .versions
                .drain(..if all_replaced { older.versions.len() } else { first_visible.saturating_sub(1) });
            if older.versions.is_empty() {
                self.older = None;
            }
        }
        match (&self.older, &self.value) {
            (None, Some(_)) => Settled::Clean,
            (None, None) if self.ts <= oldest => Settled::Void,
            _ => Settled::Later(self.ts),
        }
    }

    fn prune(&mut self, keep: Keep<'_>) {
        let (Some(older), Keep::For(_)) = (&mut self.older, keep) else { return };
        let length = older.versions.len();
        if length < PRUNE_AT || !length.is_power_of_two() {
            return;
        }
        let mut replaced = self.ts;
        let mut kept: Vec<_> = Vec::new();
        for (written, value) in older.versions.drain(..).rev() {
            if keep.needs(written, replaced) {
                kept.push((written, value));
            }
            replaced = written;
        }
        kept.reverse();
        older.versions = kept;
        if older.versions.is_empty() {
            self.older = None;
        }
    }

    #[cfg(test)]
    pub(super) fn older_versions(&self) -> usize {
        self.older.as_ref().map_or(0, |older| older.versions.len())
    }
}

/// What is left of a slot after [`Slot::settle`].
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Settled {
    /// The current value alone.
    Clean,
    /// Nothing: the slot can be removed.
    Void,
    /// History that snapshots still need; visit again when they have reached this timestamp.
    Later(u64),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen<T>(slot: &Slot<T>, ts: u64) -> Option<&T> {
        if let Found::Here(value) = slot.at(ts) { value } else { None }
    }

    fn live(snapshots: &[u64]) -> Registry {
        let mut registry = Registry::default();
        for &ts in snapshots {
            registry.add(ts);
        }
        registry
    }

    #[test]
    fn a_document_slot_is_one_cache_line() {
        assert_eq!(size_of::<Slot<crate::store::Payload>>(), 64);
    }

    #[test]
    fn without_snapshots_nothing_old_stays() {
        let mut slot = Slot::new(1, "a");
        assert!(!slot.put(2, Some("b"), Keep::For(&live(&[]))));
        assert_eq!((seen(&slot, 2), seen(&slot, 1), slot.older_versions()), (Some(&"b"), None, 0));
    }

    #[test]
    fn keeps_exactly_what_the_live_snapshots_read() {
        let snapshots = live(&[1, 4]);
        let keep = Keep::For(&snapshots);
        let mut slot = Slot::new(1, "a");
        assert!(slot.put(2, Some("b"), keep));
        assert!(!slot.put(3, None, keep));
        assert!(!slot.put(5, Some("d"), keep));
        assert_eq!((seen(&slot, 1), seen(&slot, 4), seen(&slot, 5)), (Some(&"a"), None, Some(&"d")));
        // The one of 2 was gone before any snapshot read it.
        assert_eq!(slot.older_versions(), 2);
        assert_eq!(slot.settle(4), Settled::Later(5));
        assert_eq!(slot.older_versions(), 1);
        assert_eq!(slot.settle(5), Settled::Clean);
    }

    #[test]
    fn a_tombstone_stays_until_no_snapshot_is_older() {
        let snapshots = live(&[1]);
        let mut slot = Slot::new(1, "a");
        assert!(slot.put(2, None, Keep::For(&snapshots)));
        assert!(!slot.is_void(Keep::For(&snapshots)));
        assert_eq!(slot.settle(1), Settled::Later(2));
        assert_eq!(seen(&slot, 1), Some(&"a"));
        assert_eq!(slot.settle(2), Settled::Void);
    }

    #[test]
    fn born_and_gone_is_remembered_for_those_who_saw_nothing() {
        let mut slot = Slot::new(1, "a");
        assert!(slot.put(2, None, Keep::For(&live(&[0]))));
        assert_eq!(slot.older_versions(), 0);
        assert_eq!(slot.settle(1), Settled::Later(2));
        assert_eq!(slot.settle(2), Settled::Void);
    }

    #[test]
    fn the_last_write_of_one_commit_counts() {
        let mut slot = Slot::new(1, "a");
        slot.put(2, Some("b"), Keep::All);
        slot.put(2, Some("c"), Keep::All);
        assert_eq!((seen(&slot, 1), seen(&slot, 2), slot.older_versions()), (Some(&"a"), Some(&"c"), 1));
    }

    #[test]
    fn one_old_snapshot_does_not_make_the_chain_grow() {
        let mut slot = Slot::new(1, 1);
        for ts in 2..1000 {
            // Each write finds the old snapshot and one that is gone by the next write.
            slot.put(ts, Some(ts), Keep::For(&live(&[1, ts - 1])));
            assert_eq!((seen(&slot, 1), seen(&slot, ts - 1)), (Some(&1), Some(&(ts - 1))));
        }
        assert!(slot.older_versions() <= PRUNE_AT, "{}", slot.older_versions());
    }
}
