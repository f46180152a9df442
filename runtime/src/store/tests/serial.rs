//! Random transactions on several threads, checked against running them one after the other by commit timestamp.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use super::*;
use crate::store::disk::memory::MemoryDisk;
use crate::store::sync::explored::{self, exploring};
use crate::store::sync::thread;
use crate::store::write_set::IndexWrite;

/// Drives a future on this thread.
pub(super) fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    let (mut future, mut context) = (pin!(future), Context::from_waker(&waker));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        std::thread::park();
    }
}

const REGISTERS: u8 = 12;
const KEYS: u8 = 60;
const THREADS: u64 = 3;
const TRANSACTIONS: u64 = 1500;

/// What one committed transaction has seen and done.
#[derive(Debug)]
struct History {
    ts: CommitTs,
    registers_read: Vec<(u8, Option<u64>)>,
    registers_written: Vec<(u8, Option<u64>)>,
    ranges_read: Vec<(u8, u8, usize, Order, Vec<u8>)>,
    keys_written: Vec<(u8, bool)>,
}

async fn transaction(store: &Store, random: &mut fastrand::Rng) -> Option<History> {
    let gate = if random.u8(..20) == 0 { Some(store.gate().await) } else { None };
    let snapshot = store.transaction();
    let (mut reads, mut writes) = (ReadSet::default(), WriteSet::default());
    let mut history = History {
        ts: CommitTs(0),
        registers_read: Vec::new(),
        registers_written: Vec::new(),
        ranges_read: Vec::new(),
        keys_written: Vec::new(),
    };
    for _ in 0..random.u8(..3) {
        let register = random.u8(..REGISTERS);
        history.registers_read.push((register, get(&snapshot, register).await));
        reads.point(TABLE, id(register.into()));
    }
    for _ in 0..random.u8(..2) {
        let (start, order) =
            (random.u8(..KEYS), random.choice([Order::Ascending, Order::Descending]).unwrap());
        let (end, limit) = (start + random.u8(..20), random.usize(1..8));
        let range = KeyRange::new(&[start][..], Some(Key::new(&[end])));
        let found = snapshot.scan(INDEX, &range, order, limit).await.unwrap();
        // Only what was really looked at: up to the last key found, if the limit was reached.
        let read = match (found.last(), order) {
            (Some(last), Order::Ascending) if found.len() == limit => {
                KeyRange::new(&[start][..], Some(range.after(last).start))
            }
            (Some(last), Order::Descending) if found.len() == limit => KeyRange::new(last.clone(), range.end),
            _ => range,
        };
        reads.range(INDEX, read);
        history.ranges_read.push((start, end, limit, order, found.iter().map(|key| key[0]).collect()));
    }
    match random.u8(..100) {
        // Long enough for a checkpoint to begin and end.
        0 if !exploring() => std::thread::park_timeout(Duration::from_millis(2)),
        1..25 => thread::yield_now(),
        _ => {}
    }
    for _ in 0..random.u8(1..3) {
        let (register, value) = (random.u8(..REGISTERS), (random.u8(..4) > 0).then(|| random.u64(..)));
        history.registers_written.push((register, value));
        match value {
            Some(value) => writes.put(TABLE, id(register.into()), &value.to_le_bytes()[..]),
            None => writes.delete(TABLE, id(register.into())),
        }
    }
    for _ in 0..random.u8(..3) {
        let (key, insert) = (random.u8(..KEYS), random.bool());
        history.keys_written.push((key, insert));
        writes.indexes.push(IndexWrite { index: INDEX, key: Key::new(&[key]), insert });
    }
    if random.u8(..10) == 0 {
        // Past the limit of small commits, so that both ways of applying are met.
        (0..80).for_each(|n| writes.put(TableNumber(2), id(n), &b"ballast"[..]));
    }
    let held = gate.is_some();
    match store.commit(snapshot, &reads, writes, gate.as_ref()).await {
        Ok(ts) => Some(History { ts, ..history }),
        Err(CommitError::Conflict(conflict)) => {
            assert!(!held, "{conflict}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// The first transaction that did not see what it would have seen alone at its place.
fn first_anomaly(mut histories: Vec<History>) -> Option<String> {
    histories.sort_by_key(|history| history.ts);
    let (mut registers, mut keys) = (BTreeMap::new(), BTreeSet::new());
    let mut last = CommitTs(0);
    for history in histories {
        assert!(last < history.ts);
        last = history.ts;
        let registers_agree =
            history.registers_read.iter().all(|(register, value)| registers.get(register).copied() == *value);
        let ranges_agree = history.ranges_read.iter().all(|(start, end, limit, order, found)| {
            let inside = keys.range(*start..*end).copied();
            let expected: Vec<u8> = match order {
                Order::Ascending => inside.take(*limit).collect(),
                Order::Descending => inside.rev().take(*limit).collect(),
            };
            expected == *found
        });
        if !registers_agree || !ranges_agree {
            return Some(format!("{history:?}"));
        }
        for (register, value) in history.registers_written {
            match value {
                Some(value) => registers.insert(register, value),
                None => registers.remove(&register),
            };
        }
        for (key, insert) in history.keys_written {
            if insert {
                keys.insert(key)
            } else {
                keys.remove(&key)
            };
        }
    }
    None
}

fn run(seed: u64, fault: Option<Fault>) -> Option<String> {
    run_on(&Store::memory(clock()), seed, fault, || std::thread::park_timeout(Duration::from_millis(1)))
}

/// As `run`, while another thread makes checkpoints and room all the time.
fn run_with_base(seed: u64) -> Option<String> {
    let options = StoreOptions { memory_bytes: 2 << 10, has_caretaker: false, ..StoreOptions::default() };
    let store =
        Store::open_on(Arc::new(MemoryDisk::default()), Path::new("data"), &options, clock()).unwrap();
    let care = || {
        store.inner.checkpoint().unwrap();
        store.inner.care();
    };
    run_on(&store, seed, None, care)
}

fn run_on(store: &Store, seed: u64, fault: Option<Fault>, meanwhile: impl Fn() + Sync) -> Option<String> {
    if let Some(fault) = fault {
        store.inner.faults.commit(fault);
    }
    let histories = parking_lot::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        let running = Arc::new(());
        scope.spawn({
            let (running, meanwhile) = (Arc::downgrade(&running), &meanwhile);
            move || {
                while running.strong_count() > 0 {
                    meanwhile();
                }
            }
        });
        for thread in 0..THREADS {
            let (histories, running) = (&histories, Arc::clone(&running));
            scope.spawn(move || {
                let mut random = fastrand::Rng::with_seed(seed * THREADS + thread);
                for _ in 0..TRANSACTIONS {
                    let done = block_on(transaction(store, &mut random));
                    histories.lock().extend(done);
                }
                drop(running);
            });
        }
    });
    if fault.is_none() {
        assert_all_freed(store);
        assert_eq!(store.stats().live_snapshots, 0);
    }
    first_anomaly(histories.into_inner())
}

/// As [`run`], in one order of execution: few transactions of three threads, made by `spawn`, which explores.
pub(super) fn in_one_order(
    seed: u64,
    fault: Option<Fault>,
    spawn: impl Fn(Box<dyn FnOnce() + Send>) -> thread::JoinHandle<()>,
) -> Option<String> {
    let store = Store::memory(clock());
    if let Some(fault) = fault {
        store.inner.faults.commit(fault);
    }
    let histories = Arc::new(parking_lot::Mutex::new(Vec::new()));
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let (store, histories) = (store.clone(), Arc::clone(&histories));
            spawn(Box::new(move || {
                let mut random = fastrand::Rng::with_seed(seed * THREADS + thread);
                for _ in 0..6 {
                    let done = explored::block_on(transaction(&store, &mut random));
                    histories.lock().extend(done);
                }
            }))
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    if fault.is_none() {
        assert_all_freed(&store);
        assert_eq!(store.stats().live_snapshots, 0);
    }
    let histories = std::mem::take(&mut *histories.lock());
    first_anomaly(histories)
}

#[test]
fn concurrent_transactions_are_serializable() {
    let first = crate::testing::seed();
    for seed in first..first + 20 {
        assert_eq!(run(seed, None), None, "MAINSPRING_SEED={seed}");
    }
}

#[test]
fn concurrent_transactions_are_serializable_over_a_base() {
    let first = crate::testing::seed();
    for seed in first..first + 3 {
        assert_eq!(run_with_base(seed), None, "MAINSPRING_SEED={seed}");
    }
}

fn is_caught(fault: Fault) -> bool {
    (0..20).any(|seed| run(seed, Some(fault)).is_some())
}

#[test]
fn skipping_the_validation_of_points_is_caught() {
    assert!(is_caught(Fault::SkipPoints));
}

#[test]
fn skipping_the_validation_of_ranges_is_caught() {
    assert!(is_caught(Fault::SkipRanges));
}

#[test]
fn dropping_needed_versions_is_caught() {
    assert!(is_caught(Fault::KeepNothing));
}
