//! The gate, the commit point, the tracker and the group commit in thousands of orders of execution.
//!
//! Shuttle runs these models (see `sync::explored`): a lost wake-up is a deadlock that it reports, a broken promise is a
//! panic, and both come with the schedule that leads there.

use std::path::Path;
use std::pin::pin;
use std::task::Poll;

use super::super::disk::memory::MemoryDisk;
use super::super::sync::explored::{block_on, explore};
use super::super::sync::thread;
use super::*;

fn spawn(work: impl FnOnce() + Send + 'static) -> thread::JoinHandle<()> {
    thread::Builder::new().name("model".into()).spawn(work).unwrap()
}

fn join(threads: impl IntoIterator<Item = thread::JoinHandle<()>>) {
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn whatever_the_order_long_runs_and_commits_all_get_the_gate() {
    explore(400, || {
        let gate = Gate::default();
        let inside = Arc::new(AtomicUsize::new(0));
        let holders: Vec<_> = (0..3)
            .map(|n| {
                let (gate, inside) = (gate.clone(), Arc::clone(&inside));
                spawn(move || {
                    block_on(async {
                        for _ in 0..2 {
                            // Nobody is dormant here, so endless patience must do.
                            let mut held = match n {
                                0 => gate.hold().await,
                                _ => gate.hold_for_a_run(std::future::pending()).await,
                            };
                            assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two hold the gate");
                            thread::yield_now();
                            inside.fetch_sub(1, Ordering::SeqCst);
                            held.was_long();
                            drop(held);
                        }
                    });
                })
            })
            .collect();
        join(holders);
    });
}

#[test]
fn whatever_the_order_one_holds_the_gate_and_everybody_gets_it() {
    explore(400, || {
        let gate = Gate::default();
        let inside = Arc::new(AtomicUsize::new(0));
        let holders: Vec<_> = (0..3)
            .map(|n| {
                let (gate, inside) = (gate.clone(), Arc::clone(&inside));
                spawn(move || {
                    block_on(async {
                        if n == 0 {
                            // One that is asked once, and then never again until the end.
                            let mut dormant = pin!(gate.hold());
                            let first =
                                std::future::poll_fn(|context| Poll::Ready(dormant.as_mut().poll(context)));
                            if let Poll::Ready(held) = first.await {
                                drop(held);
                            } else {
                                drop(gate.hold().await);
                            }
                        }
                        for _ in 0..2 {
                            let held = gate.hold().await;
                            assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0, "two hold the gate");
                            thread::yield_now();
                            inside.fetch_sub(1, Ordering::SeqCst);
                            drop(held);
                        }
                    });
                })
            })
            .collect();
        join(holders);
    });
}

fn on_disk(disk: &MemoryDisk) -> Store {
    let options = StoreOptions { segment_bytes: 8192, has_caretaker: false, ..StoreOptions::default() };
    Store::open_on(Arc::new(disk.clone()), Path::new("data"), &options, clock()).unwrap()
}

#[test]
fn whatever_the_order_every_waiter_is_told_and_what_it_is_told_is_true() {
    explore(200, || {
        let disk = MemoryDisk::default();
        let store = on_disk(&disk);
        let committers: Vec<_> = (0..3_u8)
            .map(|key| {
                let (store, disk) = (store.clone(), disk.clone());
                spawn(move || {
                    block_on(async {
                        for value in 1..3 {
                            let ts = put(&store, key, value).await.unwrap();
                            store.durable(ts).await.unwrap();
                            // What a power cut would leave at the worst.
                            let left = on_disk(&disk.without_unsynced());
                            assert_eq!(
                                get(&left.snapshot(), key).await,
                                Some(value),
                                "acknowledged and lost"
                            );
                        }
                    });
                })
            })
            .collect();
        join(committers);
        block_on(store.close()).unwrap();
    });
}

#[test]
fn whatever_the_order_the_last_waiter_is_woken() {
    explore(600, || {
        let store = on_disk(&MemoryDisk::default());
        let last = spawn({
            let store = store.clone();
            move || {
                let ts = block_on(put(&store, 1, 1)).unwrap();
                block_on(store.durable(ts)).unwrap();
            }
        });
        join([last]);
    });
}

#[test]
fn whatever_the_order_closing_leaves_nobody_waiting() {
    explore(300, || {
        let store = on_disk(&MemoryDisk::default());
        let committer = spawn({
            let store = store.clone();
            move || {
                for value in 0..3 {
                    let done = block_on(async {
                        let ts = put(&store, 1, value).await.map_err(|error| error.to_string())?;
                        store.durable(ts).await.map_err(|error| error.to_string())
                    });
                    if let Err(error) = done {
                        assert!(error.contains("closed"), "{error}");
                        return;
                    }
                }
            }
        });
        let closer = spawn({
            let store = store.clone();
            move || block_on(store.close()).unwrap()
        });
        join([committer, closer]);
    });
}

#[test]
fn whatever_the_order_a_failing_disk_is_told_to_everybody() {
    explore(200, || {
        let disk = MemoryDisk::default();
        let store = on_disk(&disk);
        let committers: Vec<_> = (0..2_u8)
            .map(|key| {
                let store = store.clone();
                spawn(move || {
                    for value in 0..4 {
                        let Ok(ts) = block_on(put(&store, key, value)) else { return };
                        if block_on(store.durable(ts)).is_err() {
                            assert!(block_on(put(&store, key, 99)).is_err(), "a failed log takes commits");
                            return;
                        }
                    }
                })
            })
            .collect();
        disk.fail_from(2);
        join(committers);
        block_on(store.close()).unwrap_err();
    });
}

#[test]
fn whatever_the_order_transactions_are_serializable_and_nothing_is_left_behind() {
    let seeds = Arc::new(AtomicU64::new(crate::testing::seed()));
    explore(150, move || {
        let seed = seeds.fetch_add(1, Ordering::Relaxed);
        assert_eq!(serial::in_one_order(seed, None, spawn), None);
    });
}

#[test]
fn whatever_the_order_nobody_sees_half_a_commit() {
    explore(150, || {
        let store = Store::memory(clock());
        let write = |value: u64| {
            let mut writes = WriteSet::default();
            writes.put(TABLE, id(1), &value.to_le_bytes()[..]);
            if value.is_multiple_of(3) {
                (0..70).for_each(|n| writes.put(TABLE, id(1000 + n), &b"ballast"[..]));
            }
            writes.put(TABLE, id(2), &value.to_le_bytes()[..]);
            block_on(store.commit(store.transaction(), &ReadSet::default(), writes, None)).unwrap();
        };
        write(0);
        let reader = |store: Store| {
            spawn(move || {
                for _ in 0..3 {
                    let snapshot = store.snapshot();
                    let first = block_on(get(&snapshot, 1));
                    assert!(first.is_some(), "a version that is needed is gone");
                    thread::yield_now();
                    assert_eq!((first, first), (block_on(get(&snapshot, 2)), block_on(get(&snapshot, 1))));
                }
            })
        };
        let readers = [reader(store.clone()), reader(store.clone())];
        (1..6).for_each(write);
        join(readers);
        assert_all_freed(&store);
    });
}
