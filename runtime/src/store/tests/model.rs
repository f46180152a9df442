//! Random histories of one store with a base, step by step against plain maps: commits, checkpoints, evictions, indexes
//! filled and let go, old snapshots, orderly stops and crashes. Everything that a snapshot can ask is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::serial::block_on;
use super::*;
use crate::store::disk::memory::MemoryDisk;
use crate::testing::{number, seed};

/// Few, so that everything happens to each.
const DOCUMENTS: u8 = 40;
const KEYS: u8 = 120;
const INDEXES: u32 = 3;
const STEPS: usize = 400;

/// What a snapshot has to see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Model {
    documents: BTreeMap<u8, Vec<u8>>,
    indexes: BTreeMap<u32, BTreeSet<Vec<u8>>>,
}

struct World {
    random: fastrand::Rng,
    disk: MemoryDisk,
    store: Option<Store>,
    fault: Option<Fault>,
    present: Model,
    snapshots: Vec<(Snapshot, Model)>,
    transactions: Vec<(TransactionSnapshot, Model)>,
    /// When each document was last written.
    written: BTreeMap<u8, CommitTs>,
    dropped: BTreeSet<u32>,
    next_index: u32,
}

fn options() -> StoreOptions {
    StoreOptions {
        segment_bytes: 8192,
        // Full after some forty documents.
        memory_bytes: 12 << 10,
        checkpoint_interval: Duration::from_secs(1 << 30),
        has_caretaker: false,
        ..StoreOptions::default()
    }
}

fn key(n: u8) -> Vec<u8> {
    // Some keys are in place, some are not.
    let mut key = vec![n; 3 + usize::from(n % 5) * 20];
    key.insert(0, n);
    key
}

impl World {
    fn new(seed: u64, fault: Option<Fault>) -> Self {
        let mut world = Self {
            random: fastrand::Rng::with_seed(seed),
            disk: MemoryDisk::default(),
            store: None,
            fault,
            present: Model::default(),
            snapshots: Vec::new(),
            transactions: Vec::new(),
            written: BTreeMap::new(),
            dropped: BTreeSet::new(),
            next_index: INDEXES,
        };
        world.open();
        world
    }

    fn open(&mut self) {
        let store =
            Store::open_on(Arc::new(self.disk.clone()), Path::new("data"), &options(), clock()).unwrap();
        if let Some(fault) = self.fault {
            store.inner.faults.commit(fault);
        }
        self.store = Some(store);
    }

    fn store(&self) -> &Store {
        self.store.as_ref().unwrap()
    }

    fn step(&mut self) {
        match self.random.u8(..40) {
            0..=14 => self.commit(),
            15..=16 => {
                self.store().inner.checkpoint().unwrap();
            }
            17 => self.fail_a_checkpoint(),
            18..=21 => {
                self.store().inner.care();
            }
            22..=24 => {
                let snapshot = self.store().snapshot();
                self.snapshots.push((snapshot, self.present.clone()));
            }
            25 => {
                let transaction = self.store().transaction();
                self.transactions.push((transaction, self.present.clone()));
            }
            26..=28 if !self.snapshots.is_empty() => {
                let n = self.random.usize(..self.snapshots.len());
                self.snapshots.swap_remove(n);
            }
            29 => self.restart(),
            30 => self.drop_index(),
            31 => {
                self.store().sweep(1000);
            }
            _ => self.look(),
        }
    }

    fn commit(&mut self) {
        let old = !self.transactions.is_empty() && self.random.bool();
        let transaction = if old {
            let n = self.random.usize(..self.transactions.len());
            self.transactions.swap_remove(n).0
        } else {
            self.store().transaction()
        };
        let (mut reads, mut writes) = (ReadSet::default(), WriteSet::default());
        let mut next = self.present.clone();
        let mut read = BTreeSet::new();
        for _ in 0..self.random.u8(..3) {
            let n = self.random.u8(..DOCUMENTS);
            read.insert(n);
            reads.point(TABLE, id(n.into()));
        }
        let mut touched = Vec::new();
        for _ in 0..self.random.u8(1..6) {
            let n = self.random.u8(..DOCUMENTS);
            touched.push(n);
            if self.random.u8(..3) == 0 {
                writes.delete(TABLE, id(n.into()));
                next.documents.remove(&n);
            } else {
                let value = vec![self.random.u8(..); self.random.usize(..120)];
                writes.put(TABLE, id(n.into()), value.clone());
                next.documents.insert(n, value);
            }
        }
        for _ in 0..self.random.u8(..10) {
            let index = self.index();
            if self.dropped.contains(&index) {
                continue;
            }
            let key = key(self.random.u8(..KEYS));
            let entries = next.indexes.entry(index).or_default();
            if self.random.u8(..3) == 0 {
                writes.remove_key(IndexNumber(index), key.clone());
                entries.remove(&key);
            } else {
                writes.insert_key(IndexNumber(index), key.clone());
                entries.insert(key);
            }
        }
        if self.random.u8(..20) == 0 {
            // Past the limit of small commits.
            (0..80_u32).for_each(|n| writes.put(TableNumber(9), id(n), &b"ballast"[..]));
        }
        let since = transaction.ts();
        let collides = read.iter().any(|n| self.written.get(n).is_some_and(|written| *written > since));
        match block_on(self.store().commit(transaction, &reads, writes, None)) {
            Ok(ts) => {
                assert!(!collides, "a conflict on {read:?} was missed");
                self.written.extend(touched.into_iter().map(|n| (n, ts)));
                self.present = next;
            }
            Err(CommitError::Conflict(conflict)) => assert!(collides, "{conflict}"),
            Err(error) => panic!("{error}"),
        }
    }

    fn index(&mut self) -> u32 {
        self.random.u32(1..=self.next_index)
    }

    fn drop_index(&mut self) {
        let index = self.index();
        if self.dropped.insert(index) {
            let mut writes = WriteSet::default();
            writes.drop_index(IndexNumber(index));
            block_on(self.store().commit(self.store().transaction(), &ReadSet::default(), writes, None))
                .unwrap();
            self.present.indexes.remove(&index);
            self.next_index += 1;
        }
    }

    /// A disk that fails once, somewhere in a checkpoint. What snapshots see does not change, but for those that needed an
    /// older checkpoint than the last one.
    fn fail_a_checkpoint(&mut self) {
        self.disk.fail_once(self.random.u64(1..30), "base");
        let outcome = self.store().inner.checkpoint();
        self.disk.heal();
        let views = &self.store().inner.based.as_ref().unwrap().views;
        let newest = views.newest().unwrap().ts();
        self.snapshots.retain(|(snapshot, _)| snapshot.ts().0 >= newest);
        self.transactions.retain(|(snapshot, _)| snapshot.ts().0 >= newest);
        if outcome.is_err() && self.random.bool() {
            self.restart();
        }
    }

    fn restart(&mut self) {
        self.snapshots.clear();
        self.transactions.clear();
        let store = self.store.take().unwrap();
        block_on(store.durable(store.latest())).unwrap();
        if self.random.bool() {
            block_on(store.close()).unwrap();
        } else {
            // As after a crash: nothing that is done at the end has been done.
            self.disk = self.disk.copy();
        }
        drop(store);
        self.open();
    }

    /// Asks the present, and one of the old snapshots, a few things.
    fn look(&mut self) {
        let now = (self.store().snapshot(), self.present.clone());
        self.compare(&now.0, &now.1);
        if !self.snapshots.is_empty() {
            let n = self.random.usize(..self.snapshots.len());
            let (snapshot, model) = self.snapshots.swap_remove(n);
            self.compare(&snapshot, &model);
            self.snapshots.push((snapshot, model));
        }
        if !self.transactions.is_empty() {
            let n = self.random.usize(..self.transactions.len());
            let (snapshot, model) = self.transactions.swap_remove(n);
            self.compare(&snapshot, &model);
            self.transactions.push((snapshot, model));
        }
    }

    fn compare(&mut self, snapshot: &Snapshot, model: &Model) {
        for _ in 0..6 {
            let n = self.random.u8(..DOCUMENTS);
            let found = block_on(snapshot.get(TABLE, id(n.into()))).unwrap();
            assert_eq!(found.as_deref(), model.documents.get(&n).map(Vec::as_slice), "document {n}");
        }
        for _ in 0..3 {
            let index = self.index();
            let (start, length) = (self.random.u8(..KEYS), self.random.u8(..KEYS));
            let start = if self.random.u8(..4) == 0 { Vec::new() } else { key(start) };
            let end =
                (self.random.u8(..4) > 0).then(|| key(start.first().unwrap_or(&0).saturating_add(length)));
            let order = if self.random.bool() { Order::Ascending } else { Order::Descending };
            let limit = if self.random.bool() { self.random.usize(..6) } else { 1000 };
            let range = KeyRange::new(&start[..], end.as_deref().map(Key::new));
            let found = block_on(snapshot.scan(IndexNumber(index), &range, order, limit)).unwrap();
            let entries = model.indexes.get(&index).cloned().unwrap_or_default();
            let inside = entries.iter().filter(|key| range.contains(key));
            let expected: Vec<&Vec<u8>> = match order {
                Order::Ascending => inside.take(limit).collect(),
                Order::Descending => inside.rev().take(limit).collect(),
            };
            let found: Vec<&[u8]> = found.iter().map(|key| &**key).collect();
            assert_eq!(found, expected, "index {index} {range:?} {order:?} {limit}");
        }
    }

    /// Everything at once, by the way of copies.
    fn compare_everything(&self) {
        let everything = self.store().everything().unwrap();
        assert_eq!(everything.ts(), self.store().latest());
        let (mut documents, mut after) = (BTreeMap::new(), None);
        loop {
            let found = everything.documents(after, 7).unwrap();
            let Some((table, last, _)) = found.last() else { break };
            after = Some((*table, *last));
            let own = found.into_iter().filter(|(table, ..)| *table == TABLE);
            documents.extend(own.map(|(_, id, value)| (id.0[15], value.to_vec())));
        }
        assert_eq!(documents, self.present.documents);
        let (mut indexes, mut after) = (BTreeMap::<u32, BTreeSet<Vec<u8>>>::new(), None);
        loop {
            let found = everything.entries(after.as_ref(), 7).unwrap();
            let Some(last) = found.last().cloned() else { break };
            after = Some(last);
            for (index, key) in found {
                indexes.entry(index.0).or_default().insert(key.to_vec());
            }
        }
        let mut expected = self.present.indexes.clone();
        expected.retain(|_, entries| !entries.is_empty());
        assert_eq!(indexes, expected);
    }
}

/// How much of what the test is for has happened.
fn run(seed: u64, fault: Option<Fault>) -> u64 {
    let mut world = World::new(seed, fault);
    let mut evicted = 0;
    for step in 0..STEPS {
        world.step();
        if step % 20 == 0 {
            let (slots, _) = world.store().inner.documents.count();
            evicted += u64::from(slots < world.present.documents.len());
        }
    }
    world.look();
    world.compare_everything();
    world.restart();
    world.look();
    world.compare_everything();
    evicted
}

#[test]
fn whatever_happens_every_snapshot_sees_its_own_moment() {
    let (first, histories) = (seed(), number("MAINSPRING_MODEL_RUNS", 16));
    let mut evicted = 0;
    for seed in first..first + histories {
        let done = catch_unwind(|| run(seed, None));
        evicted +=
            done.unwrap_or_else(|_| panic!("repeat it with MAINSPRING_SEED={seed} MAINSPRING_MODEL_RUNS=1"));
    }
    assert!(evicted > histories / 2, "hardly anything was evicted: the test has no force");
}

fn is_caught(fault: Fault) -> bool {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let caught = (0..40).any(|seed| catch_unwind(AssertUnwindSafe(|| run(seed, Some(fault)))).is_err());
    std::panic::set_hook(hook);
    caught
}

#[test]
fn planted_mistakes_are_noticed() {
    for fault in [
        Fault::KeepNothing,
        Fault::SkipPoints,
        Fault::CheckpointTooNew,
        Fault::ForgetTombstones,
        Fault::EvictEarly,
        Fault::CutEarly,
    ] {
        assert!(is_caught(fault), "{fault:?} went unnoticed");
    }
}
