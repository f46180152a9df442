//! The store as a whole: isolation, validation, the gate, freeing; checked against serial models.

mod crashes;
mod folder;
mod model;
mod orders;
mod serial;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use tokio::task::JoinSet;

use super::error::Collision;
use super::faults::Fault;
use super::feed::FeedError;
use super::*;
use crate::value::{DocumentId, TableNumber};

pub(super) const TABLE: TableNumber = TableNumber(1);
const INDEX: IndexNumber = IndexNumber(1);

/// Steps back now and then, as wall clocks do.
pub(super) fn clock() -> impl Clock {
    let now = AtomicU64::new(1_000_000);
    move || {
        let tick = now.fetch_add(3, Ordering::Relaxed);
        if tick.is_multiple_of(7) { tick - 100 } else { tick }
    }
}

pub(super) fn id(n: u32) -> DocumentId {
    let mut bytes = [0; 16];
    bytes[12..].copy_from_slice(&n.to_be_bytes());
    DocumentId(bytes)
}

pub(super) async fn put(store: &Store, key: u8, value: u64) -> Result<CommitTs, CommitError> {
    let mut writes = WriteSet::default();
    writes.put(TABLE, id(key.into()), &value.to_le_bytes()[..]);
    store.commit(store.transaction(), &ReadSet::default(), writes, None).await
}

pub(super) async fn get(snapshot: &Snapshot, key: u8) -> Option<u64> {
    let bytes = snapshot.get(TABLE, id(key.into())).await.unwrap()?;
    Some(u64::from_le_bytes(bytes[..].try_into().unwrap()))
}

fn insert(key: &[u8]) -> WriteSet {
    let mut writes = WriteSet::default();
    writes.insert_key(INDEX, key);
    writes
}

fn read_point(key: u8) -> ReadSet {
    let mut reads = ReadSet::default();
    reads.point(TABLE, id(key.into()));
    reads
}

fn read_range(start: &[u8], end: &[u8]) -> ReadSet {
    let mut reads = ReadSet::default();
    reads.range(INDEX, KeyRange::new(start, Some(Key::new(end))));
    reads
}

fn assert_all_freed(store: &Store) {
    while store.sweep(1000) > 0 {}
    assert_eq!(store.stats().garbage, 0);
    assert_eq!((store.inner.documents.count().1, store.inner.indexes.count().1), (0, 0));
}

#[tokio::test]
async fn a_snapshot_sees_its_own_moment() {
    let store = Store::memory(clock());
    put(&store, 1, 10).await.unwrap();
    store.commit(store.transaction(), &ReadSet::default(), insert(b"a"), None).await.unwrap();
    let old = store.snapshot();
    put(&store, 1, 20).await.unwrap();
    put(&store, 2, 5).await.unwrap();
    let mut writes = insert(b"b");
    writes.remove_key(INDEX, &b"a"[..]);
    writes.delete(TABLE, id(1));
    store.commit(store.transaction(), &ReadSet::default(), writes, None).await.unwrap();
    let same = old.clone();
    drop(old);
    let scan = async |snapshot: &Snapshot| {
        snapshot.scan(INDEX, &KeyRange::all(), Order::Ascending, 9).await.unwrap()
    };
    assert_eq!((get(&same, 1).await, get(&same, 2).await), (Some(10), None));
    assert_eq!(scan(&same).await, [Key::new(b"a")]);
    let new = store.snapshot();
    assert_eq!((get(&new, 1).await, get(&new, 2).await), (None, Some(5)));
    assert_eq!(scan(&new).await, [Key::new(b"b")]);
    assert_eq!(store.stats().live_snapshots, 2);
    drop((same, new));
    assert_eq!(store.stats().live_snapshots, 0);
    assert_all_freed(&store);
    assert_eq!((store.inner.documents.count(), store.inner.indexes.count()), ((1, 0), (1, 0)));
}

#[tokio::test]
async fn conflicts_name_what_collided_and_when() {
    let store = Store::memory(clock());
    let old = store.transaction();
    let ts = put(&store, 1, 1).await.unwrap();
    let lost = store.commit(old, &read_point(1), insert(b"x"), None).await.unwrap_err();
    let CommitError::Conflict(conflict) = lost else { panic!("{lost}") };
    assert_eq!(conflict, Conflict { collision: Collision::Document { table: TABLE, id: id(1) }, ts });

    let old = store.transaction();
    let ts = store.commit(store.transaction(), &ReadSet::default(), insert(b"m"), None).await.unwrap();
    let lost = store.commit(old, &read_range(b"a", b"z"), insert(b"x"), None).await.unwrap_err();
    let CommitError::Conflict(conflict) = lost else { panic!("{lost}") };
    assert_eq!(conflict, Conflict { collision: Collision::Key { index: INDEX, key: Key::new(b"m") }, ts });
    assert_eq!(store.stats().conflicts, 2);
}

#[tokio::test]
async fn a_document_deleted_or_born_and_gone_since_is_a_conflict() {
    let store = Store::memory(clock());
    put(&store, 1, 1).await.unwrap();
    let (first, second) = (store.transaction(), store.transaction());
    let mut writes = WriteSet::default();
    writes.delete(TABLE, id(1));
    store.commit(store.transaction(), &ReadSet::default(), writes, None).await.unwrap();
    store.sweep(100);
    assert!(store.commit(first, &read_point(1), insert(b"x"), None).await.is_err());
    put(&store, 2, 1).await.unwrap();
    let mut writes = WriteSet::default();
    writes.delete(TABLE, id(2));
    store.commit(store.transaction(), &ReadSet::default(), writes, None).await.unwrap();
    store.sweep(100);
    assert!(store.commit(second, &read_point(2), insert(b"x"), None).await.is_err());
    assert_all_freed(&store);
    assert_eq!(store.inner.documents.count(), (0, 0));
}

#[tokio::test]
async fn reading_elsewhere_is_no_conflict_and_writing_nothing_never_is() {
    let store = Store::memory(clock());
    let (first, second) = (store.transaction(), store.transaction());
    put(&store, 1, 1).await.unwrap();
    store.commit(store.transaction(), &ReadSet::default(), insert(b"m"), None).await.unwrap();
    let began = first.ts();
    assert_eq!(store.commit(first, &read_point(1), WriteSet::default(), None).await.unwrap(), began);
    let mut reads = read_range(b"n", b"z");
    reads.point(TABLE, id(2));
    assert!(store.commit(second, &reads, insert(b"x"), None).await.is_ok());
}

#[tokio::test]
async fn queries_do_not_fill_the_ring_and_transactions_only_to_its_bound() {
    let options = StoreOptions { conflict_ring_keys: 10, ..StoreOptions::default() };
    let store = Store::memory_with(&options, clock()).unwrap();
    let query = store.snapshot();
    for n in 0..50_u8 {
        store.commit(store.transaction(), &ReadSet::default(), insert(&[n]), None).await.unwrap();
    }
    assert_eq!(store.stats().ring_keys, 0);
    let old = store.transaction();
    for n in 50..100_u8 {
        store.commit(store.transaction(), &ReadSet::default(), insert(&[n]), None).await.unwrap();
    }
    assert_eq!(store.stats().ring_keys, 10);
    let lost = store.commit(old, &read_range(b"zzz", b"zzzz"), insert(b"x"), None).await.unwrap_err();
    assert!(matches!(lost, CommitError::Conflict(Conflict { collision: Collision::Forgotten, .. })));
    drop(query);
}

#[tokio::test]
async fn the_gate_lets_nobody_by_and_then_everybody() {
    let store = Store::memory(clock());
    let order = Arc::new(Mutex::new(Vec::new()));
    let guard = store.gate().await;
    let mut tasks = JoinSet::new();
    for n in 0..6_u8 {
        let (store, order) = (store.clone(), Arc::clone(&order));
        tasks.spawn(async move {
            if n % 2 == 0 {
                let _guard = store.gate().await;
                order.lock().push(n);
            } else {
                put(&store, n, 1).await.unwrap();
                order.lock().push(n);
            }
        });
        tokio::task::yield_now().await;
    }
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let before = store.latest();
    assert!(order.lock().is_empty());
    let ts = store
        .commit(store.transaction(), &read_point(1), insert(b"held"), Some(&guard))
        .await
        .expect("nobody can have come between");
    assert_eq!(store.latest(), ts);
    assert!(before < ts);
    drop(guard);
    tasks.join_all().await;
    order.lock().sort_unstable();
    assert_eq!(*order.lock(), [0, 1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn under_the_gate_an_earlier_snapshot_is_still_validated() {
    let store = Store::memory(clock());
    let early = store.transaction();
    put(&store, 1, 1).await.unwrap();
    let guard = store.gate().await;
    assert!(store.commit(early, &read_point(1), insert(b"x"), Some(&guard)).await.is_err());
}

#[tokio::test]
async fn guards_and_snapshots_of_another_store_are_refused() {
    let (store, other) = (Store::memory(clock()), Store::memory(clock()));
    let guard = other.gate().await;
    let refused = store.commit(store.transaction(), &ReadSet::default(), insert(b"x"), Some(&guard)).await;
    assert!(matches!(refused, Err(CommitError::Store(StoreError::ForeignStore { what: "gate guard" }))));
    let refused = store.commit(other.transaction(), &ReadSet::default(), insert(b"x"), None).await;
    assert!(matches!(refused, Err(CommitError::Store(StoreError::ForeignStore { what: "snapshot" }))));
}

#[tokio::test]
async fn a_dropped_commit_leaves_nothing_half_done() {
    let store = Store::memory(clock());
    let guard = store.gate().await;
    let reads = ReadSet::default();
    let mut waiting = Box::pin(store.commit(store.transaction(), &reads, insert(b"x"), None));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(waiting.as_mut().poll(&mut context).is_pending());
    drop(waiting);
    drop(guard);
    assert_eq!((store.stats().commits, store.stats().live_snapshots), (0, 0));
    put(&store, 1, 1).await.unwrap();
}

#[tokio::test]
async fn a_dropped_index_is_over_for_new_snapshots_only() {
    let store = Store::memory(clock());
    for n in 0..1000_u32 {
        store.commit(store.transaction(), &ReadSet::default(), insert(&n.to_be_bytes()), None).await.unwrap();
    }
    let (old, reader) = (store.snapshot(), store.transaction());
    let mut writes = WriteSet::default();
    writes.drop_index(INDEX);
    store.commit(store.transaction(), &ReadSet::default(), writes, None).await.unwrap();
    let count = async |snapshot: &Snapshot| {
        snapshot.scan(INDEX, &KeyRange::all(), Order::Descending, usize::MAX).await.unwrap().len()
    };
    assert_eq!((count(&old).await, count(&store.snapshot()).await), (1000, 0));
    let mut other = WriteSet::default();
    other.put(TABLE, id(1), &b"x"[..]);
    let lost = store.commit(reader, &read_range(b"a", b"b"), other, None).await.unwrap_err();
    assert!(matches!(
        lost,
        CommitError::Conflict(Conflict { collision: Collision::DroppedIndex { .. }, .. })
    ));
    let refused = store.commit(store.transaction(), &ReadSet::default(), insert(b"x"), None).await;
    assert!(matches!(refused, Err(CommitError::Store(StoreError::IndexDropped { .. }))));
    assert_eq!(count(&old).await, 1000);
    drop(old);
    assert_all_freed(&store);
    assert_eq!(store.inner.indexes.count(), (0, 0));
}

#[tokio::test]
async fn large_commits_leave_no_more_behind_than_small_ones() {
    let store = Store::memory(clock());
    for round in 0..3_u8 {
        let mut writes = WriteSet::default();
        for n in 0..u32::try_from(commit::SMALL_COMMIT).unwrap() * 3 {
            writes.put(TABLE, id(n), &[round][..]);
            writes.insert_key(INDEX, &[round, u8::try_from(n).unwrap()][..]);
        }
        store.commit(store.transaction(), &ReadSet::default(), writes, None).await.unwrap();
    }
    assert_eq!((store.stats().garbage, store.inner.documents.count().1), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_feed_tells_every_commit_in_order_and_already_visible() {
    let store = Store::memory(clock());
    put(&store, 0, 0).await.unwrap();
    let mut feed = store.feed();
    assert_eq!(feed.start(), store.latest());
    let mut writers = JoinSet::new();
    for n in 0..4_u8 {
        let store = store.clone();
        writers.spawn(async move {
            for value in 0..500 {
                put(&store, n, value).await.unwrap();
            }
        });
    }
    let (mut seen, mut last) = (0, feed.start());
    while seen < 2000 {
        for commit in feed.next().await.unwrap() {
            assert!(last < commit.ts && commit.ts <= store.latest());
            assert_eq!(commit.writes.documents.len(), 1);
            (seen, last) = (seen + 1, commit.ts);
        }
    }
    writers.join_all().await;
    store.close().await.unwrap();
    assert_eq!(feed.next().await.unwrap_err(), FeedError::Closed);
}

/// Two documents that every commit changes together, in a small and in a large commit. Returns how often a reader saw
/// them differ.
fn torn_reads(fault: Option<Fault>) -> usize {
    let store = Store::memory(clock());
    if let Some(fault) = fault {
        store.inner.faults.commit(fault);
    }
    let (torn, running) = (AtomicUsize::new(0), AtomicUsize::new(1));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while running.load(Ordering::Relaxed) > 0 {
                    let snapshot = store.snapshot();
                    let first = serial::block_on(get(&snapshot, 1));
                    std::thread::yield_now();
                    let second = serial::block_on(get(&snapshot, 2));
                    let again = serial::block_on(get(&snapshot, 1));
                    torn.fetch_add(usize::from(first != second || first != again), Ordering::Relaxed);
                }
            });
        }
        for value in 0..4000_u64 {
            let mut writes = WriteSet::default();
            writes.put(TABLE, id(1), &value.to_le_bytes()[..]);
            if value % 4 == 0 {
                (0..100).for_each(|n| writes.put(TABLE, id(1000 + n), &b"ballast"[..]));
            }
            writes.put(TABLE, id(2), &value.to_le_bytes()[..]);
            serial::block_on(store.commit(store.transaction(), &ReadSet::default(), writes, None)).unwrap();
        }
        running.store(0, Ordering::Relaxed);
    });
    if fault.is_none() {
        assert_all_freed(&store);
    }
    torn.into_inner()
}

#[test]
fn nobody_sees_half_a_commit_or_misses_an_old_version() {
    assert_eq!(torn_reads(None), 0);
    assert!(torn_reads(Some(Fault::PublishEarly)) > 0, "a commit published too early went unnoticed");
    assert!(torn_reads(Some(Fault::KeepNothing)) > 0, "missing old versions went unnoticed");
}
