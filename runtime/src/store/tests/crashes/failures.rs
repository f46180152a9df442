//! A failure of the disk at every single call of a life: never a panic, never a commit that was acknowledged and is lost.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::super::super::disk::memory::{Crash, MemoryDisk};
use super::super::super::sync::explored::{block_on, explore_once};
use super::super::super::{CommitError, ReadSet, Store, StoreError, WriteSet};
use super::super::{TABLE, id};
use super::world::{World, open};
use crate::testing::number;

/// What can go wrong: the kind of error, and whether a write has done half of its work.
const FAILURES: [(io::ErrorKind, bool); 3] =
    [(io::ErrorKind::Other, false), (io::ErrorKind::StorageFull, true), (io::ErrorKind::Other, true)];

/// Whoever reads the message knows which file it was, and it is not the test's own fault.
fn is_clear(error: &StoreError, failed: bool) {
    assert!(failed, "nothing was to fail: {error}");
    let message = error.to_string();
    assert!(message.contains("data") && message.len() > 20, "{message}");
}

/// The same life again and again: two openings with commits. Returns whether anything failed.
fn life(disk: &MemoryDisk, world: &mut World, failed: bool) -> bool {
    let mut random = fastrand::Rng::with_seed(1);
    for _ in 0..2 {
        let store = match open(disk) {
            Ok(store) => store,
            Err(error) => {
                is_clear(&error, failed);
                return true;
            }
        };
        if let Err(error) = world.compare_what_is_left(&store) {
            is_clear(&error, failed);
            return true;
        }
        for n in 0..9 {
            if n % 4 == 3 {
                // It may fail, and what it was to do is done later.
                drop(store.inner.checkpoint());
            }
            let told = world.commit(&store, &mut random).and_then(|ts| {
                if n % 3 < 2 {
                    block_on(store.durable(ts))?;
                    world.acknowledge(ts);
                }
                Ok(())
            });
            if let Err(error) = told {
                let CommitError::Store(error) = error else { panic!("{error}") };
                is_clear(&error, failed);
                assert!(matches!(error, StoreError::LogFailed { .. }), "{error:?}");
                refuses_everything(&store, world, &mut random);
                return true;
            }
        }
        match block_on(store.close()) {
            Ok(()) => world.acknowledge_all(),
            Err(error) => {
                is_clear(&error, failed);
                return true;
            }
        }
    }
    false
}

/// After the log has failed, no commit is taken any more, also when the disk is well again; reading goes on.
fn refuses_everything(store: &Store, world: &mut World, random: &mut fastrand::Rng) {
    for _ in 0..3 {
        let refused = world.commit(store, random);
        assert!(matches!(refused, Err(CommitError::Store(StoreError::LogFailed { .. }))), "{refused:?}");
    }
    block_on(store.snapshot().get(TABLE, id(1))).unwrap();
    block_on(store.close()).unwrap_err();
}

#[test]
fn nothing_acknowledged_is_lost_at_whatever_call_the_disk_fails() {
    let calls = Arc::new(AtomicU64::new(0));
    explore_once(0, {
        let calls = Arc::clone(&calls);
        move || {
            let disk = MemoryDisk::default();
            assert!(!life(&disk, &mut World::default(), false));
            calls.store(disk.calls(), Ordering::Relaxed);
        }
    });
    let calls = calls.load(Ordering::Relaxed);
    assert!(calls > 80, "only {calls} calls: the test has no force");
    let (met, mut runs) = (Arc::new(AtomicU64::new(0)), 0);
    for call in 1..=calls {
        // Some failure at every third call; on request each at every call.
        let all = number("MAINSPRING_CRASH_RUNS", 0) > 0;
        for (_, (kind, short)) in (call..).zip(FAILURES).filter(|(n, _)| all || n % 9 == 0) {
            runs += 1;
            let met = Arc::clone(&met);
            explore_once(0, move || {
                let (disk, mut world) = (MemoryDisk::default(), World::default());
                disk.fail_at(call, kind, short);
                if life(&disk, &mut world, true) {
                    met.fetch_add(1, Ordering::Relaxed);
                }
                // The process is started again; or the power has gone too.
                let power_cut = disk.without_unsynced();
                world.fork().close_and_compare(&disk);
                world.close_and_compare(&power_cut);
            });
        }
    }
    let met = met.load(Ordering::Relaxed);
    assert!(met > runs / 3, "only {met} of {runs} failures made a difference");
}

/// Commits documents so large that few fill a segment, with a checkpoint between; returns how many are durable.
fn fill(disk: &MemoryDisk, numbers: std::ops::Range<u32>) -> u32 {
    let mut durable = numbers.start;
    let Ok(store) = open(disk) else { return durable };
    for n in numbers {
        if n == 5 && store.inner.checkpoint().is_err() {
            break;
        }
        let mut writes = WriteSet::default();
        writes.put(TABLE, id(n), vec![1; 3000]);
        let committed = block_on(store.commit(store.transaction(), &ReadSet::default(), writes, None));
        if !committed.is_ok_and(|ts| block_on(store.durable(ts)).is_ok()) {
            break;
        }
        durable = n + 1;
    }
    durable
}

fn count(disk: &MemoryDisk) -> u32 {
    let store = open(disk).expect("a healthy disk");
    let snapshot = store.snapshot();
    let mut count = 0;
    while block_on(snapshot.get(TABLE, id(count))).unwrap().is_some() {
        count += 1;
    }
    count
}

#[test]
fn what_a_killed_process_left_to_be_synced_is_synced_before_anything_rests_on_it() {
    let is_over = Arc::new(AtomicBool::new(false));
    for call in 1.. {
        if is_over.load(Ordering::Relaxed) {
            assert!(call > 100, "only {call} calls: the test has no force");
            return;
        }
        let is_over = Arc::clone(&is_over);
        explore_once(0, move || {
            let disk = MemoryDisk::default();
            disk.crash_at(call, Crash::Process, fastrand::Rng::with_seed(0));
            let acknowledged = fill(&disk, 0..9);
            is_over.store(!disk.is_off(), Ordering::Relaxed);
            let left = disk.image();
            let found = count(&left);
            assert!(found >= acknowledged, "killed at call {call}");
            // The next process goes on in what it has found, and then the power is cut.
            assert_eq!(fill(&left, found..found + 1), found + 1);
            assert_eq!(count(&left.without_unsynced()), found + 1, "killed at call {call}");
        });
    }
}
