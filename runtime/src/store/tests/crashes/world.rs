//! Owns the model of a store that crashes: every commit, in order, and which of them are acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::super::super::disk::memory::MemoryDisk;
use super::super::super::sync::explored::block_on;
use super::super::super::sync::thread;
use super::super::*;

const KEYS: u8 = 24;

/// The table without an index, after two that have one.
const PLAIN: u32 = 3;

/// Documents by table and number.
type State = BTreeMap<(u32, u8), Vec<u8>>;

/// What became of documents.
type Changes = Vec<((u32, u8), Option<Vec<u8>>)>;

/// All commits of all lives that are left.
#[derive(Default)]
pub(super) struct World {
    commits: Vec<Done>,
    /// The newest commit that somebody was told of, or has seen after a restart.
    acknowledged: Arc<AtomicU64>,
    /// Whether all commits of this life have the same size, so that what one leaves in the log ends where another begins.
    is_uniform: bool,
}

#[derive(Clone)]
struct Done {
    ts: u64,
    changes: Changes,
}

impl World {
    /// Opens the store, looks whether everything is there that must be, and works until it is enough or the disk is off.
    pub(super) fn live(&mut self, disk: &MemoryDisk, random: &mut fastrand::Rng) {
        let Some(store) = self.open(disk) else { return };
        let mut waiters = Vec::new();
        self.is_uniform = random.bool();
        for _ in 0..random.u8(1..40) {
            match random.u8(..20) {
                0 => thread::yield_now(),
                1 => {
                    if self.compare(&store, self.commits.len()).is_err() {
                        break;
                    }
                }
                // Either may meet the end of the disk, which the next commit will tell.
                2 => drop(store.inner.checkpoint()),
                4 if waiters.len() < 20 => waiters.push(checkpoint_elsewhere(&store)),
                3 => _ = store.inner.care(),
                _ => {
                    let Ok(ts) = self.commit(&store, random) else { break };
                    if random.u8(..3) == 0 {
                        if block_on(store.durable(ts)).is_err() {
                            break;
                        }
                        self.acknowledge(ts);
                    } else {
                        waiters.push(self.wait_elsewhere(&store, ts));
                    }
                }
            }
        }
        if random.bool() && block_on(store.close()).is_ok() {
            self.acknowledge_all();
        }
        drop(store);
        for waiter in waiters {
            waiter.join().unwrap();
        }
    }

    /// The end of the last life, on a healthy disk.
    pub(super) fn close_and_compare(&mut self, disk: &MemoryDisk) {
        for _ in 0..2 {
            let store = self.open(disk).expect("a healthy disk");
            block_on(store.close()).unwrap();
            self.acknowledge_all();
        }
    }

    /// Somebody was told of this commit.
    pub(super) fn acknowledge(&self, ts: CommitTs) {
        self.acknowledged.fetch_max(ts.0, Ordering::Relaxed);
    }

    pub(super) fn acknowledge_all(&self) {
        let newest = self.commits.last().map_or(0, |done| done.ts);
        self.acknowledged.fetch_max(newest, Ordering::Relaxed);
    }

    /// Opens the store, and looks at what is left. `None` when the disk went off meanwhile.
    pub(super) fn open(&mut self, disk: &MemoryDisk) -> Option<Store> {
        let store = match open(disk) {
            Ok(store) => store,
            Err(error) => {
                assert!(disk.is_off(), "it does not open after a crash: {error}");
                return None;
            }
        };
        if let Err(error) = self.compare_what_is_left(&store) {
            assert!(disk.is_off(), "it cannot be read after a crash: {error}");
            return None;
        }
        Some(store)
    }

    /// The same, to go on from in another way.
    pub(super) fn fork(&self) -> Self {
        let acknowledged = AtomicU64::new(self.acknowledged.load(Ordering::Relaxed));
        Self { commits: self.commits.clone(), acknowledged: Arc::new(acknowledged), is_uniform: false }
    }

    /// Looks whether a store that was just opened has everything that it must, and forgets what a crash took.
    pub(super) fn compare_what_is_left(&mut self, store: &Store) -> Result<(), StoreError> {
        let latest = store.latest().0;
        let left = self.commits.partition_point(|done| done.ts <= latest);
        let newest_left = left.checked_sub(1).map_or(0, |newest| self.commits[newest].ts);
        assert_eq!(newest_left, latest, "the newest commit is none that was made");
        let acknowledged = self.acknowledged.load(Ordering::Relaxed);
        assert!(acknowledged <= latest, "acknowledged up to {acknowledged}, there up to {latest}");
        self.commits.truncate(left);
        self.compare(store, left)?;
        // Others have seen them now.
        self.acknowledge_all();
        Ok(())
    }

    /// Some documents are put or deleted, with their index entries.
    pub(super) fn commit(
        &mut self,
        store: &Store,
        random: &mut fastrand::Rng,
    ) -> Result<CommitTs, CommitError> {
        let state = self.state(self.commits.len());
        let (mut writes, mut changes) = (WriteSet::default(), BTreeMap::new());
        if self.is_uniform {
            changes.insert((PLAIN, random.u8(..KEYS)), Some(vec![random.u8(..); 20]));
        }
        for _ in 0..if self.is_uniform { 0 } else { random.u8(1..6) } {
            let key = (random.u32(1..3), random.u8(..KEYS));
            let length = match random.u8(..30) {
                0 => random.usize(5000..12_000),
                1..5 => random.usize(400..2000),
                _ => random.usize(1..60),
            };
            let value =
                (random.u8(..4) > 0).then(|| std::iter::repeat_with(|| random.u8(..)).take(length).collect());
            changes.insert(key, value);
        }
        for (key, value) in &changes {
            let value: &Option<Vec<u8>> = value;
            if key.0 == PLAIN {
                writes.put(TableNumber(PLAIN), id(key.1.into()), value.clone().unwrap_or_default());
                continue;
            }
            if let Some(before) = state.get(key) {
                writes.remove_key(index(*key), entry(*key, before));
            }
            match value {
                Some(value) => {
                    writes.put(TableNumber(key.0), id(key.1.into()), value.clone());
                    writes.insert_key(index(*key), entry(*key, value));
                }
                None => writes.delete(TableNumber(key.0), id(key.1.into())),
            }
        }
        let ts = block_on(store.commit(store.transaction(), &ReadSet::default(), writes, None))?;
        self.commits.push(Done { ts: ts.0, changes: changes.into_iter().collect() });
        Ok(ts)
    }

    fn wait_elsewhere(&self, store: &Store, ts: CommitTs) -> thread::JoinHandle<()> {
        let (store, acknowledged) = (store.clone(), Arc::clone(&self.acknowledged));
        let wait = move || {
            if block_on(store.durable(ts)).is_ok() {
                acknowledged.fetch_max(ts.0, Ordering::Relaxed);
            }
        };
        thread::Builder::new().name("waiter".into()).spawn(wait).unwrap()
    }

    fn state(&self, commits: usize) -> State {
        let mut state = State::new();
        for (key, value) in self.commits[..commits].iter().flat_map(|done| &done.changes) {
            match value {
                Some(value) => state.insert(*key, value.clone()),
                None => state.remove(key),
            };
        }
        state
    }

    /// Whether the store holds exactly the first so many commits, in its documents and in its indexes.
    ///
    /// # Errors
    /// When the base cannot be read.
    pub(super) fn compare(&self, store: &Store, commits: usize) -> Result<(), StoreError> {
        let state = self.state(commits);
        let snapshot = store.snapshot();
        for table in 1..=PLAIN {
            for number in 0..KEYS {
                let found = block_on(snapshot.get(TableNumber(table), id(number.into())))?;
                let expected = state.get(&(table, number));
                assert_eq!(
                    found.as_deref(),
                    expected.map(Vec::as_slice),
                    "document {number} of table {table}"
                );
            }
            if table == PLAIN {
                continue;
            }
            let of_table = state.iter().filter(|((other, _), _)| *other == table);
            let expected: BTreeSet<_> = of_table.map(|(key, value)| entry(*key, value)).collect();
            for order in [Order::Ascending, Order::Descending] {
                let all = KeyRange::all();
                let mut found = block_on(snapshot.scan(index((table, 0)), &all, order, usize::MAX))?;
                if order == Order::Descending {
                    found.reverse();
                }
                assert!(found.iter().eq(&expected), "the index does not agree with its documents");
            }
        }
        Ok(())
    }
}

/// A checkpoint while commits go on.
fn checkpoint_elsewhere(store: &Store) -> thread::JoinHandle<()> {
    let store = store.clone();
    let work = move || drop(store.inner.checkpoint());
    thread::Builder::new().name("checkpoint".into()).spawn(work).unwrap()
}

pub(super) fn open(disk: &MemoryDisk) -> Result<Store, StoreError> {
    let options = StoreOptions {
        segment_bytes: 8192,
        // Little enough that documents have to be read again from the base.
        memory_bytes: 8 << 10,
        has_caretaker: false,
        ..StoreOptions::default()
    };
    Store::open_on(Arc::new(disk.clone()), Path::new("data"), &options, clock())
}

fn index(key: (u32, u8)) -> IndexNumber {
    IndexNumber(key.0)
}

/// The index is over the first bytes of the value.
fn entry(key: (u32, u8), value: &[u8]) -> Key {
    let mut bytes = value[..value.len().min(3)].to_vec();
    bytes.extend(id(key.1.into()).0);
    Key::new(&bytes)
}
