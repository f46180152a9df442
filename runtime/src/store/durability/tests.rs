//! Group commit, failures of the log and what recovery makes of them, over a log in memory that can fail.

use std::path::Path;

use tokio::task::JoinSet;

use super::super::log::memory::MemoryFolder;
use super::super::{CommitError, IndexNumber, KeyRange, ReadSet, Store, StoreError, StoreOptions, tests};
use super::*;

fn options() -> StoreOptions {
    StoreOptions { segment_bytes: 8192, has_caretaker: false, ..StoreOptions::default() }
}

fn open(folder: &MemoryFolder) -> Result<Store, StoreError> {
    Store::open_on(folder.disk(), Path::new(""), &options(), tests::clock())
}

async fn put(store: &Store, key: u8, value: u64) -> Result<CommitTs, CommitError> {
    tests::put(store, key, value).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_waiters_share_few_syncs() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), &StoreOptions::default(), tests::clock()).unwrap();
    let mut tasks = JoinSet::new();
    for n in 0..2000_u64 {
        let store = store.clone();
        tasks.spawn(async move {
            for round in 0..5 {
                let ts = put(&store, u8::try_from(n % 200).unwrap(), round).await.unwrap();
                store.durable(ts).await.unwrap();
                assert!(store.durable_ts() >= ts);
            }
        });
    }
    tasks.join_all().await;
    let stats = store.stats();
    assert_eq!(stats.commits, 10_000);
    assert!(stats.syncs < 5000, "{stats:?}");
    assert!(store.inner.log.as_ref().unwrap().shared.state.lock().waiters.by_goal.is_empty());
    let latest = store.latest();
    store.close().await.unwrap();
    assert!(matches!(put(&store, 1, 1).await, Err(CommitError::Store(StoreError::Closed))));
    drop(store);
    let store = Store::open(folder.path(), &StoreOptions::default(), tests::clock()).unwrap();
    assert_eq!((store.latest(), store.durable_ts()), (latest, latest));
}

#[tokio::test]
async fn a_waiter_that_goes_away_leaves_nothing() {
    let store = open(&MemoryFolder::default()).unwrap();
    let ts = put(&store, 1, 1).await.unwrap();
    store.durable(ts).await.unwrap();
    let log = store.inner.log.as_ref().unwrap();
    let mut never =
        Box::pin(Durable { shared: Some(Arc::clone(&log.shared)), until: Until::Ended, ticket: None });
    let mut context = Context::from_waker(Waker::noop());
    assert!(never.as_mut().poll(&mut context).is_pending() && never.as_mut().poll(&mut context).is_pending());
    assert_eq!(log.shared.state.lock().waiters.by_goal.len(), 1);
    drop(never);
    assert!(log.shared.state.lock().waiters.by_goal.is_empty());
}

#[tokio::test]
async fn waiters_for_the_same_thing_all_wake() {
    let store = open(&MemoryFolder::default()).unwrap();
    let mut waiting = JoinSet::new();
    for _ in 0..3 {
        let shared = Arc::clone(&store.inner.log.as_ref().unwrap().shared);
        waiting.spawn(Durable { shared: Some(shared), until: Until::Ended, ticket: None });
    }
    tokio::task::yield_now().await;
    assert_eq!(store.inner.log.as_ref().unwrap().shared.state.lock().waiters.by_goal.len(), 3);
    store.close().await.unwrap();
    assert!(waiting.join_all().await.iter().all(Result::is_ok));
}

#[tokio::test]
async fn waiting_for_what_was_never_committed_is_an_error() {
    let store = open(&MemoryFolder::default()).unwrap();
    let ts = put(&store, 1, 1).await.unwrap();
    let future = CommitTs(ts.0 + 1);
    assert!(matches!(store.durable(future).await, Err(StoreError::NeverCommitted { .. })));
}

#[tokio::test]
async fn timestamps_rise_over_restarts_and_backward_clocks() {
    let folder = MemoryFolder::default();
    let store = open(&folder).unwrap();
    let before = put(&store, 1, 1).await.unwrap();
    store.close().await.unwrap();
    let store = Store::open_on(folder.disk(), Path::new(""), &options(), || 5).unwrap();
    assert_eq!(store.latest(), before);
    let first = put(&store, 1, 2).await.unwrap();
    let second = put(&store, 1, 3).await.unwrap();
    assert!(before < first && first < second);
}

#[tokio::test]
async fn at_whatever_call_the_disk_fails_nothing_acknowledged_is_lost() {
    for n in 1..60 {
        let folder = MemoryFolder::default();
        let store = open(&folder).unwrap();
        folder.fail_from(n);
        let (mut acknowledged, mut failure) = (0, None);
        for value in 1..200_u64 {
            let committed = put(&store, 1, value).await.map_err(|error| error.to_string());
            let durable = match committed {
                Ok(ts) => store.durable(ts).await.map_err(|error| error.to_string()),
                Err(error) => Err(error),
            };
            if let Err(error) = durable {
                failure = Some(error);
                break;
            }
            acknowledged = value;
        }
        let failure = failure.unwrap();
        assert!(failure.contains("restart") && failure.contains("no space left"), "{failure}");
        // From then on, everything says the same.
        assert!(matches!(put(&store, 1, 999).await, Err(CommitError::Store(StoreError::LogFailed { .. }))));
        assert!(store.close().await.is_err());
        drop(store);
        let crashed = folder.crash(&mut fastrand::Rng::with_seed(n));
        let value = tests::get(&open(&crashed).unwrap().snapshot(), 1).await.unwrap_or(0);
        assert!(
            value == acknowledged || value == acknowledged + 1,
            "{n}: {value}, acknowledged {acknowledged}"
        );
    }
}

#[tokio::test]
async fn a_panic_of_the_sync_thread_is_told_to_everyone() {
    let folder = MemoryFolder::default();
    let store = open(&folder).unwrap();
    let ts = put(&store, 1, 1).await.unwrap();
    store.durable(ts).await.unwrap();
    // The preparing thread has made its segment by now, or panics itself, which must not matter.
    while !folder.is_prepared() {
        thread::yield_now();
    }
    folder.panic_next();
    let ts = put(&store, 1, 2).await.unwrap();
    let error = store.durable(ts).await.unwrap_err();
    assert!(error.to_string().contains("panicked"), "{error}");
    assert!(matches!(put(&store, 1, 3).await, Err(CommitError::Store(StoreError::LogFailed { .. }))));
}

#[tokio::test]
async fn commits_wait_while_the_disk_is_far_behind() {
    let small = StoreOptions { unsynced_bytes: 64 << 10, ..options() };
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), &small, tests::clock()).unwrap();
    for n in 0..300 {
        let transaction = store.transaction();
        let mut writes = WriteSet::default();
        writes.put(tests::TABLE, tests::id(n), vec![1; 30_000]);
        store.commit(transaction, &ReadSet::default(), writes, None).await.unwrap();
        let unsynced = store.inner.log.as_ref().unwrap().shared.unsynced.load(Ordering::Relaxed);
        assert!(unsynced <= (64 << 10) + 31_000, "{unsynced}");
    }
    store.close().await.unwrap();
}

#[tokio::test]
async fn everything_comes_back_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Store::open(folder.path(), &options(), tests::clock());
    let store = open().unwrap();
    assert!(matches!(open(), Err(StoreError::InUse { .. })));
    let index = IndexNumber(3);
    for n in 0..200_u8 {
        let mut writes = WriteSet::default();
        writes.put(tests::TABLE, tests::id(u32::from(n)), vec![n; usize::from(n) * 3]);
        writes.insert_key(index, vec![n; 20]);
        if n >= 10 {
            writes.delete(tests::TABLE, tests::id(u32::from(n) - 10));
            writes.remove_key(index, vec![n - 10; 20]);
        }
        if n == 50 {
            writes.drop_index(IndexNumber(9));
        }
        store.commit(store.transaction(), &ReadSet::default(), writes, None).await.unwrap();
    }
    drop(store);
    let store = open().unwrap();
    let snapshot = store.snapshot();
    for n in 0..200_u8 {
        let found = snapshot.get(tests::TABLE, tests::id(u32::from(n))).await.unwrap();
        assert_eq!(found.is_some(), n >= 190);
        assert!(found.is_none_or(|value| *value == vec![n; usize::from(n) * 3][..]));
    }
    let keys = snapshot.scan(index, &KeyRange::all(), super::super::Order::Ascending, 99).await.unwrap();
    assert_eq!(keys.len(), 10);
    let mut writes = WriteSet::default();
    writes.insert_key(IndexNumber(9), vec![1; 16]);
    let refused = store.commit(store.transaction(), &ReadSet::default(), writes, None).await;
    assert!(matches!(refused, Err(CommitError::Store(StoreError::IndexDropped { .. }))));
    store.inner.checkpoint().unwrap();
    assert_eq!(store.inner.documents.count(), (10, 0), "a checkpoint frees what says that something is gone");
}

/// Waiters for the first of two commits, each polled once, and how often each was woken.
struct Crowd {
    shared: Arc<Shared>,
    waiters: Vec<(Option<Durable>, Arc<Woken>)>,
}

#[derive(Default)]
struct Woken(std::sync::atomic::AtomicUsize);

impl std::task::Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Crowd {
    fn new(has_next_group: bool) -> Self {
        let shared = Arc::new(Shared::new(0, Arc::default(), Faults::default()));
        shared.state.lock().last = 2;
        shared.state.lock().pending.extend(has_next_group.then_some(0));
        let mut crowd = Self { shared, waiters: Vec::new() };
        for n in 0..20 {
            let shared = Some(Arc::clone(&crowd.shared));
            crowd
                .waiters
                .push((Some(Durable { shared, until: Until::Durable(1), ticket: None }), Arc::default()));
            assert!(!crowd.poll(n));
        }
        crowd
    }

    fn poll(&mut self, n: usize) -> bool {
        let (waiter, woken) = &mut self.waiters[n];
        let waker = Waker::from(Arc::clone(woken));
        Pin::new(waiter.as_mut().unwrap()).poll(&mut Context::from_waker(&waker)).is_ready()
    }

    fn woken(&self) -> Vec<usize> {
        self.waiters.iter().map(|(_, woken)| woken.0.load(Ordering::Relaxed)).collect()
    }

    fn first_woken(&self) -> usize {
        assert_eq!(self.woken().iter().sum::<usize>(), 1);
        self.woken().iter().position(|times| *times == 1).unwrap()
    }
}

#[test]
fn of_many_waiters_one_is_woken_and_wakes_the_others() {
    let mut crowd = Crowd::new(true);
    crowd.shared.advance(1);
    let first = crowd.first_woken();
    assert!(crowd.poll(first));
    assert_eq!(crowd.woken(), [1; 20]);
    assert!((0..20).all(|n| n == first || crowd.poll(n)));
}

#[test]
fn the_one_that_was_woken_for_many_may_go_away() {
    let mut crowd = Crowd::new(true);
    crowd.shared.advance(1);
    let first = crowd.first_woken();
    crowd.waiters[first].0 = None;
    assert_eq!(crowd.woken(), [1; 20]);
}

#[test]
fn the_one_that_was_woken_for_many_may_be_dormant_until_the_next_sync() {
    let crowd = Crowd::new(true);
    crowd.shared.advance(1);
    crowd.first_woken();
    crowd.shared.advance(2);
    assert_eq!(crowd.woken(), [1; 20]);
    let crowd = Crowd::new(true);
    crowd.shared.advance(1);
    crowd.shared.fail(StoreError::SyncThreadPanicked);
    assert_eq!(crowd.woken(), [1; 20]);
}

#[test]
fn before_it_sleeps_the_sync_thread_wakes_everybody_itself() {
    let crowd = Crowd::new(false);
    crowd.shared.advance(1);
    assert_eq!(crowd.woken(), [1; 20]);
}

/// The testing kit goes by it.
#[test]
fn a_commit_is_told_when_those_who_waited_have_been_woken_and_not_before() {
    struct Witness(Arc<Shared>, Mutex<Vec<(u64, u64)>>);
    impl std::task::Wake for Witness {
        fn wake(self: Arc<Self>) {
            let seen = |of: &AtomicU64| of.load(Ordering::Acquire);
            self.1.lock().push((seen(&self.0.durable), seen(&self.0.told)));
        }
    }
    let (mut durable, sync) = Durable::by_hand();
    let shared = durable.shared.clone().unwrap();
    let witness = Arc::new(Witness(Arc::clone(&shared), Mutex::new(Vec::new())));
    let waker = Waker::from(Arc::clone(&witness));
    assert!(Pin::new(&mut durable).poll(&mut Context::from_waker(&waker)).is_pending());
    sync();
    assert_eq!(*witness.1.lock(), [(1, 0)]);
    assert_eq!(shared.told.load(Ordering::Acquire), 1);
}
