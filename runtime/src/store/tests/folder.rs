//! A folder from outside: what is refused and why, what is checked, how the log is cut, how failures of checkpoints pass.

use super::serial::block_on;
use super::*;
use crate::store::base::Base;
use crate::store::based::Limits;
use crate::store::disk::memory::MemoryDisk;
use crate::store::log::memory::MemoryFolder;
use crate::store::log::segment::Spare;

fn options() -> StoreOptions {
    StoreOptions { segment_bytes: 8192, has_caretaker: false, ..StoreOptions::default() }
}

fn open(disk: &MemoryDisk) -> Result<Store, StoreError> {
    Store::open_on(Arc::new(disk.clone()), Path::new(""), &options(), clock())
}

fn fill(store: &Store, numbers: std::ops::Range<u32>) {
    for n in numbers {
        let mut writes = WriteSet::default();
        writes.put(TABLE, id(n), vec![1; 500]);
        writes.insert_key(INDEX, n.to_be_bytes().to_vec());
        block_on(store.commit(store.transaction(), &ReadSet::default(), writes, None)).unwrap();
    }
    block_on(store.durable(store.latest())).unwrap();
}

fn count(store: &Store) -> usize {
    block_on(store.snapshot().scan(INDEX, &KeyRange::all(), Order::Ascending, usize::MAX)).unwrap().len()
}

/// A folder with something in the base and something in the log, left as a crash leaves it.
fn both() -> MemoryDisk {
    let disk = MemoryDisk::default();
    let store = open(&disk).unwrap();
    fill(&store, 0..50);
    store.inner.checkpoint().unwrap();
    fill(&store, 50..100);
    let left = disk.copy();
    drop(store);
    left
}

#[test]
fn data_comes_back_from_the_base_the_log_or_both() {
    for (checkpointed, logged) in [(40, 0), (0, 40), (40, 40)] {
        let disk = MemoryDisk::default();
        let store = open(&disk).unwrap();
        fill(&store, 0..checkpointed);
        store.inner.checkpoint().unwrap();
        fill(&store, checkpointed..checkpointed + logged);
        block_on(store.durable(store.latest())).unwrap();
        let latest = store.latest();
        let disk = disk.copy();
        drop(store);
        let store = open(&disk).unwrap();
        assert_eq!((store.latest(), count(&store)), (latest, (checkpointed + logged) as usize));
        fill(&store, 1000..1001);
        assert!(store.latest() > latest);
    }
}

#[test]
fn a_checkpoint_cuts_the_log_and_an_orderly_stop_leaves_nothing_to_replay() {
    let disk = MemoryDisk::default();
    let store = open(&disk).unwrap();
    fill(&store, 0..200);
    assert!(store.stats().log_segments > 5);
    store.inner.checkpoint().unwrap();
    assert_eq!(store.stats().log_segments, 1);
    fill(&store, 200..400);
    block_on(store.close()).unwrap();
    assert_eq!(MemoryFolder::on(disk.clone()).numbers().unwrap().len(), 1);
    let verified = Store::verify_on(Arc::new(disk.clone()), Path::new("")).unwrap();
    assert_eq!((verified.commits, verified.documents, verified.entries), (0, 400, 400));
    assert_eq!(count(&open(&disk).unwrap()), 400);
}

#[test]
fn segments_that_are_cut_off_are_used_again() {
    let disk = MemoryDisk::default();
    let store = open(&disk).unwrap();
    let used = || MemoryFolder::on(disk.clone()).used().unwrap().len();
    fill(&store, 0..200);
    store.inner.checkpoint().unwrap();
    let cut = used();
    assert!(cut > 5, "{cut} are left of those before the checkpoint");
    fill(&store, 200..260);
    assert!(used() < cut, "none of {cut} was used again");
    // Without a checkpoint at the end, the log goes on in one that was used before.
    let left = disk.copy();
    drop(store);
    let store = open(&left).unwrap();
    assert_eq!(count(&store), 260);
    fill(&store, 260..400);
    block_on(store.close()).unwrap();
    assert_eq!(count(&open(&left).unwrap()), 400);
}

#[test]
fn used_segments_are_kept_as_long_as_they_are_of_use() {
    let disk = MemoryDisk::default();
    let with = |segment_bytes: u64, spares: u64| {
        let options = StoreOptions { segment_bytes, checkpoint_bytes: spares * segment_bytes, ..options() };
        Store::open_on(Arc::new(disk.clone()), Path::new(""), &options, clock()).unwrap()
    };
    let folder = MemoryFolder::on(disk.clone());
    let used = || folder.used().unwrap();
    let store = with(8192, 12);
    let mut writes = WriteSet::default();
    writes.put(TABLE, id(1_000), vec![1; 20_000]);
    block_on(store.commit(store.transaction(), &ReadSet::default(), writes, None)).unwrap();
    fill(&store, 0..200);
    store.inner.checkpoint().unwrap();
    assert_eq!(used().len(), 12, "as many as are written between two checkpoints");
    assert!(used().iter().all(|number| disk.bytes(&folder.spare(Spare::Used(*number))).len() == 8192));
    drop(store);
    drop(with(8192, 8));
    assert_eq!(used().len(), 8, "fewer are wanted now");
    // Of another size than is wanted now.
    let store = with(16_384, 4);
    assert!(used().is_empty());
    fill(&store, 200..300);
    drop(store);
    assert_eq!(count(&with(16_384, 4)), 300);
}

#[test]
fn a_used_segment_that_has_two_names_after_a_power_cut_is_not_used_twice() {
    let disk = MemoryDisk::default();
    let store = open(&disk).unwrap();
    fill(&store, 0..200);
    store.inner.checkpoint().unwrap();
    fill(&store, 200..260);
    let left = disk.copy();
    drop(store);
    // The newest segment, under the name that it was kept by.
    let folder = MemoryFolder::on(left.clone());
    let newest = *folder.numbers().unwrap().last().unwrap();
    let bytes = left.bytes(&folder.path(newest));
    left.set_bytes(&folder.spare(Spare::Used(1)), bytes);
    let store = open(&left).unwrap();
    assert!(!folder.used().unwrap().contains(&1));
    fill(&store, 260..300);
    drop(store);
    assert_eq!(count(&open(&left).unwrap()), 300);
}

#[test]
fn a_lost_segment_or_base_is_noticed() {
    let disk = both();
    let log = MemoryFolder::on(disk.clone());
    let numbers = log.numbers().unwrap();
    assert!(numbers.len() > 2 && numbers[0] > 1, "{numbers:?}");
    for &number in &numbers[..numbers.len() - 1] {
        let less = disk.copy();
        less.forget(&log.path(number));
        let error = open(&less).unwrap_err();
        assert!(
            matches!(&error, StoreError::MissingSegment { file } if *file == log.path(number)),
            "{error}"
        );
    }
    let empty = disk.copy();
    for number in &numbers {
        empty.forget(&log.path(*number));
    }
    assert!(matches!(open(&empty), Err(StoreError::MissingSegment { .. })));
    let baseless = disk.copy();
    baseless.forget(&Base::path_in(Path::new("")));
    let error = open(&baseless).unwrap_err();
    assert!(matches!(error, StoreError::MissingBase { .. }), "{error}");
    // Segments that should be gone already do no harm.
    let more = disk.copy();
    more.set_bytes(&log.path(numbers[0] - 1), vec![1; 100]);
    assert_eq!(count(&open(&more).unwrap()), 100);
    assert!(!more.exists(&log.path(numbers[0] - 1)));
}

#[test]
fn an_older_base_than_the_log_goes_on_from_is_refused() {
    let disk = MemoryDisk::default();
    let store = open(&disk).unwrap();
    fill(&store, 0..50);
    store.inner.checkpoint().unwrap();
    let older = disk.bytes(&Base::path_in(Path::new("")));
    fill(&store, 50..100);
    store.inner.checkpoint().unwrap();
    fill(&store, 100..150);
    block_on(store.durable(store.latest())).unwrap();
    let disk = disk.copy();
    drop(store);
    disk.set_bytes(&Base::path_in(Path::new("")), older);
    let error = open(&disk).unwrap_err();
    assert!(matches!(error, StoreError::MissingSegment { .. }), "{error}");
}

#[test]
fn a_check_reads_everything_changes_nothing_and_names_what_it_finds() {
    let disk = both();
    let verify = |disk: &MemoryDisk| Store::verify_on(Arc::new(disk.clone()), Path::new(""));
    let verified = verify(&disk).unwrap();
    assert_eq!((verified.documents, verified.entries, verified.commits), (50, 50, 50));
    let log = MemoryFolder::on(disk.clone());
    let mut random = fastrand::Rng::with_seed(8);
    let (base, first) = (Base::path_in(Path::new("")), log.path(log.numbers().unwrap()[0]));
    for (file, at_least) in [(&base, 20), (&first, 60)] {
        let whole = disk.bytes(file);
        let mut noticed = 0;
        for _ in 0..80 {
            let damaged = disk.copy();
            let mut bytes = whole.clone();
            // The first blocks of either have some free room; what follows is full of records.
            let at = random.usize(if *file == first { 4096..8000 } else { 0..bytes.len() });
            bytes[at] ^= 1 << random.u8(..8);
            damaged.set_bytes(file, bytes.clone());
            match verify(&damaged) {
                Ok(found) => assert_eq!(found, verified),
                Err(error) => {
                    let name = file.file_name().unwrap().to_string_lossy();
                    assert!(error.to_string().contains(&*name), "{error}");
                    noticed += 1;
                }
            }
            assert_eq!(damaged.bytes(file), bytes);
        }
        assert!(noticed >= at_least, "{} of 80 in {}", noticed, file.display());
    }
    let store = open(&disk).unwrap();
    assert!(matches!(verify(&disk), Err(StoreError::InUse { .. })));
    drop(store);
}

#[test]
fn a_checkpoint_that_fails_costs_nothing_but_another_one() {
    for n in 1..40 {
        let disk = MemoryDisk::default();
        let store = open(&disk).unwrap();
        fill(&store, 0..30);
        disk.fail_once(n, "base");
        let failed = store.inner.checkpoint();
        fill(&store, 30..60);
        assert_eq!(count(&store), 60);
        disk.heal();
        store.inner.checkpoint().unwrap();
        let stats = store.stats();
        assert_eq!(stats.checkpoint_failures, u64::from(failed.is_err()));
        assert_eq!(stats.log_segments, 1, "call {n}");
        let disk = disk.copy();
        drop(store);
        let store = open(&disk).unwrap();
        assert_eq!(count(&store), 60);
        assert!(store.inner.documents.count().0 <= 1, "nothing was left to replay");
        let facts = store.inner.based.as_ref().unwrap().base.facts().unwrap();
        assert_eq!(facts.sizes[&INDEX].entries, 60, "call {n}: a failure counts nothing twice");
    }
}

#[test]
fn while_a_disk_is_full_for_checkpoints_commits_go_on() {
    let disk = MemoryDisk::default();
    let options = StoreOptions { checkpoint_bytes: 64 << 10, ..options() };
    let store = Store::open_on(Arc::new(disk.clone()), Path::new(""), &options, clock()).unwrap();
    fill(&store, 0..200);
    disk.fail_always("base");
    store.inner.care();
    assert_eq!((store.stats().checkpoint_failures, store.stats().checkpoints), (1, 0));
    store.inner.care();
    assert_eq!(store.stats().checkpoint_failures, 1, "it waits before it tries again");
    fill(&store, 200..400);
    assert_eq!(count(&store), 400);
    disk.heal();
    store.inner.checkpoint().unwrap();
    assert_eq!(count(&store), 400);
}

#[test]
fn a_failed_checkpoint_is_tried_again_ever_later_but_once_a_minute_at_least() {
    let (now, clock) = set_clock();
    let disk = MemoryDisk::default();
    let options = StoreOptions { checkpoint_bytes: 64 << 10, ..options() };
    let store = Store::open_on(Arc::new(disk.clone()), Path::new(""), &options, clock).unwrap();
    fill(&store, 0..200);
    disk.fail_always("base");
    let failures_at = |second: u64| {
        now.store(second, Ordering::Relaxed);
        store.inner.care();
        store.stats().checkpoint_failures
    };
    let mut due = 1_000;
    for (failures, wait) in (1..).zip([1, 2, 4, 8, 16, 32, 60, 60]) {
        assert_eq!(failures_at(due), failures);
        assert_eq!(failures_at(due + wait - 1), failures, "{wait} seconds have not passed");
        due += wait;
    }
    disk.heal();
    assert_eq!((failures_at(due), store.stats().checkpoints), (8, 1));
    fill(&store, 0..200);
    disk.fail_always("base");
    assert_eq!((failures_at(due), failures_at(due + 1)), (9, 10), "a success has made good for all");
}

#[test]
fn what_a_checkpoint_has_taken_of_an_index_that_is_not_in_memory_leaves_it() {
    let store = open(&both()).unwrap();
    fill(&store, 100..110);
    assert!(store.inner.indexes.count().0 >= 10);
    store.inner.checkpoint().unwrap();
    assert_eq!(store.inner.indexes.count().0, 0);
    assert_eq!(count(&store), 110);
}

#[test]
fn deleted_and_dropped_things_stay_away_and_leave_the_base() {
    let disk = MemoryDisk::default();
    let store = open(&disk).unwrap();
    fill(&store, 0..50);
    store.inner.checkpoint().unwrap();
    let old = store.snapshot();
    let mut writes = WriteSet::default();
    (0..40).for_each(|n| writes.delete(TABLE, id(n)));
    writes.drop_index(INDEX);
    block_on(store.commit(store.transaction(), &ReadSet::default(), writes, None)).unwrap();
    store.inner.checkpoint().unwrap();
    assert_eq!(block_on(old.scan(INDEX, &KeyRange::all(), Order::Ascending, 99)).unwrap().len(), 50);
    assert!(block_on(old.get(TABLE, id(3))).unwrap().is_some());
    drop(old);
    let disk = disk.copy();
    drop(store);
    let store = open(&disk).unwrap();
    assert_eq!(count(&store), 0);
    let mut writes = WriteSet::default();
    writes.insert_key(INDEX, &b"again"[..]);
    let refused = block_on(store.commit(store.transaction(), &ReadSet::default(), writes, None));
    assert!(matches!(refused, Err(CommitError::Store(StoreError::IndexDropped { .. }))));
    block_on(store.close()).unwrap();
    drop(store);
    let verified = Store::verify_on(Arc::new(disk.clone()), Path::new("")).unwrap();
    assert_eq!((verified.documents, verified.entries), (10, 0));
    let base = Base::open_existing(Arc::new(disk), Path::new(""), 1 << 20).unwrap().unwrap();
    assert_eq!(base.view().unwrap().entries_after(None, 9).unwrap(), [], "they take no room any more");
    let facts = base.facts().unwrap();
    assert!(facts.purging.is_empty() && facts.sizes.is_empty(), "{facts:?}");
}

#[test]
fn a_folder_in_use_is_not_opened_twice_and_not_checked() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Store::open(folder.path(), &options(), clock());
    let store = open().unwrap();
    fill(&store, 0..10);
    assert!(matches!(open(), Err(StoreError::InUse { .. })));
    assert!(matches!(Store::verify(folder.path()), Err(StoreError::InUse { .. })));
    block_on(store.close()).unwrap();
    assert_eq!(Store::verify(folder.path()).unwrap().documents, 10);
    assert!(matches!(Store::verify(folder.path().join("none")), Err(StoreError::Io { .. })));
}

#[test]
fn a_base_by_a_newer_program_is_refused_by_name() {
    let disk = both();
    let base = Base::open_existing(Arc::new(disk.clone()), Path::new(""), 1 << 20).unwrap().unwrap();
    base.pretend_newer();
    drop(base);
    let error = open(&disk).unwrap_err();
    assert!(error.to_string().contains("`base.redb` has format 3"), "{error}");
}

/// A clock that the test sets, in seconds.
fn set_clock() -> (Arc<AtomicU64>, impl Clock) {
    let now = Arc::new(AtomicU64::new(1_000));
    let own = Arc::clone(&now);
    (now, move || own.load(Ordering::Relaxed) * 1_000_000_000)
}

#[test]
fn a_snapshot_ends_when_it_has_been_out_of_date_for_too_long() {
    let (now, clock) = set_clock();
    let options = StoreOptions { snapshot_age: Duration::from_secs(160), ..options() };
    let store = Store::open_on(Arc::new(MemoryDisk::default()), Path::new(""), &options, clock).unwrap();
    fill(&store, 0..1);
    store.inner.checkpoint().unwrap();
    let (old, transaction) = (store.snapshot(), store.transaction());
    let read = |snapshot: &Snapshot| block_on(snapshot.get(TABLE, id(0)));
    // As long as nothing changes it is not out of date, however old it is.
    now.store(2_000, Ordering::Relaxed);
    assert!(read(&old).is_ok());
    fill(&store, 0..1);
    store.inner.checkpoint().unwrap();
    now.store(2_150, Ordering::Relaxed);
    let young = store.snapshot();
    fill(&store, 0..1);
    assert!(read(&old).is_ok());
    now.store(2_161, Ordering::Relaxed);
    fill(&store, 0..1);
    let copy = old.clone();
    for snapshot in [&old, &copy, &*transaction] {
        let error = read(snapshot).unwrap_err();
        assert!(matches!(error, StoreError::SnapshotTooOld { seconds: 160 }), "{error}");
        assert!(block_on(snapshot.scan(INDEX, &KeyRange::all(), Order::Ascending, 9)).is_err());
    }
    assert!(read(&young).is_ok());
    // Nothing is kept for them, though nobody has dropped them: of the checkpoints only the young one's and the last.
    store.inner.care();
    assert_eq!((store.stats().live_snapshots, store.stats().base_views), (1, 2));
    let mut writes = WriteSet::default();
    writes.put(TABLE, id(1), &b"late"[..]);
    let refused = block_on(store.commit(transaction, &ReadSet::default(), writes, None));
    assert!(matches!(refused, Err(CommitError::Store(StoreError::SnapshotTooOld { .. }))));
    drop((old, copy, young));
    store.sweep(1000);
    assert_eq!((store.stats().live_snapshots, store.stats().garbage), (0, 0));
}

#[test]
fn memory_stays_within_its_budget_whatever_is_written_and_read() {
    let disk = MemoryDisk::default();
    let options =
        StoreOptions { memory_bytes: 1 << 20, has_caretaker: true, segment_bytes: 64 << 10, ..options() };
    let store = Store::open_on(Arc::new(disk), Path::new(""), &options, clock()).unwrap();
    let full = Limits::new(&options).full as u64;
    let mut random = fastrand::Rng::with_seed(1);
    for n in 0..8_000_u32 {
        let mut writes = WriteSet::default();
        writes.put(TABLE, id(n), vec![1; 400]);
        writes.insert_key(INDEX, n.to_be_bytes().to_vec());
        block_on(store.commit(store.transaction(), &ReadSet::default(), writes, None)).unwrap();
        // The one that is being committed, and a table that it makes grow.
        assert!(store.stats().memory_bytes < full + 8_000, "{:?}", store.stats());
        let read = random.u32(..=n);
        assert!(block_on(store.snapshot().get(TABLE, id(read))).unwrap().is_some(), "{read}");
    }
    assert_eq!(count(&store), 8_000);
    assert!(store.stats().checkpoints > 3, "{:?}", store.stats());
    block_on(store.close()).unwrap();
}

#[test]
fn an_index_that_is_scanned_and_fits_comes_back_into_memory() {
    let disk = both();
    let store = open(&disk).unwrap();
    let is_complete = || store.inner.indexes.residences().iter().all(|index| index.is_complete);
    store.inner.care();
    assert!(!is_complete(), "nobody asked for it");
    assert_eq!(count(&store), 100);
    let old = store.snapshot();
    fill(&store, 100..110);
    while !is_complete() {
        store.inner.care();
    }
    assert_eq!(count(&store), 110);
    let seen = block_on(old.scan(INDEX, &KeyRange::all(), Order::Descending, 999)).unwrap();
    assert_eq!(seen.len(), 100);
}

#[test]
fn an_index_that_comes_back_into_memory_in_many_parts_comes_whole() {
    let disk = MemoryDisk::default();
    let store = open(&disk).unwrap();
    for part in 0..5 {
        let mut writes = WriteSet::default();
        (part * 1_000..(part + 1) * 1_000_u32)
            .for_each(|n| writes.insert_key(INDEX, n.to_be_bytes().to_vec()));
        block_on(store.commit(store.transaction(), &ReadSet::default(), writes, None)).unwrap();
    }
    block_on(store.close()).unwrap();
    let store = open(&disk).unwrap();
    assert_eq!(count(&store), 5_000);
    let is_complete = || store.inner.indexes.residences().iter().all(|index| index.is_complete);
    for _ in 0..5 {
        store.inner.care();
    }
    assert!(is_complete());
    assert_eq!((count(&store), store.inner.indexes.count().0), (5_000, 5_000));
}

/// A store whose caretaker panics as soon as it looks at the clock.
fn without_caretaker(memory_bytes: u64) -> Store {
    let time = clock();
    let clock = move || {
        let is_caretaker = std::thread::current().name() == Some("mainspring-caretaker");
        assert!(!is_caretaker, "the caretaker was to panic");
        time.now()
    };
    let options = StoreOptions { has_caretaker: true, memory_bytes, ..options() };
    Store::open_on(Arc::new(MemoryDisk::default()), Path::new(""), &options, clock).unwrap()
}

fn put_large(store: &Store) -> Result<CommitTs, CommitError> {
    let mut writes = WriteSet::default();
    writes.put(TABLE, id(1), vec![1; 700 << 10]);
    block_on(store.commit(store.transaction(), &ReadSet::default(), writes, None))
}

#[test]
fn when_the_caretaker_has_panicked_commits_are_refused() {
    let store = without_caretaker(1 << 30);
    let based = store.inner.based.as_ref().unwrap();
    let refused = loop {
        based.bell.ring();
        if let Err(error) = put_large(&store) {
            break error;
        }
    };
    assert!(matches!(refused, CommitError::Store(StoreError::CaretakerPanicked)), "{refused}");
}

#[test]
fn when_the_caretaker_has_panicked_nobody_waits_for_room() {
    let store = without_caretaker(1 << 20);
    put_large(&store).unwrap();
    let waited = block_on(store.inner.based.as_ref().unwrap().room(&store.inner));
    assert!(matches!(waited, Err(StoreError::CaretakerPanicked)), "{waited:?}");
}

#[test]
fn everything_at_one_instant_does_not_end_by_age() {
    let (now, clock) = set_clock();
    let options = StoreOptions { snapshot_age: Duration::from_secs(160), ..options() };
    let in_memory = Store::memory_with(&options, clock).unwrap();
    let (later, clock) = set_clock();
    let in_folder = Store::open_on(Arc::new(MemoryDisk::default()), Path::new(""), &options, clock).unwrap();
    for (store, now) in [(in_memory, now), (in_folder, later)] {
        fill(&store, 0..3);
        let (everything, old) = (store.everything().unwrap(), store.snapshot());
        let of_before = everything.documents(None, 9).unwrap();
        assert_eq!(of_before.len(), 3);
        for second in (1_000..3_000).step_by(100) {
            now.store(second, Ordering::Relaxed);
            fill(&store, 0..5);
            store.inner.care();
        }
        assert_eq!(everything.documents(None, 9).unwrap(), of_before);
        assert_eq!(everything.entries(None, 9).unwrap().len(), 3);
        drop((everything, old));
        let _ = store.snapshot();
        store.sweep(1000);
        assert_eq!((store.stats().live_snapshots, store.stats().garbage), (0, 0));
    }
}

#[test]
fn an_empty_base_is_damage_and_stays_empty() {
    let disk = both();
    let path = Base::path_in(Path::new(""));
    disk.set_bytes(&path, Vec::new());
    let told = open(&disk).unwrap_err().to_string();
    assert!(told.contains("`base.redb` is damaged: it is empty"), "{told}");
    let checked = Store::verify_on(Arc::new(disk.clone()), Path::new("")).unwrap_err();
    assert_eq!(checked.to_string(), told);
    assert!(disk.bytes(&path).is_empty(), "nothing was changed");
}

#[test]
fn a_commit_that_no_record_holds_is_refused_and_leaves_nothing() {
    let disk = MemoryDisk::default();
    let store = open(&disk).unwrap();
    fill(&store, 0..1);
    // One and the same 64 MiB in every document.
    let large = Payload::new(&vec![0; 64 << 20]);
    let mut writes = WriteSet::default();
    (0..16).for_each(|n| writes.put(TABLE, id(n), large.clone()));
    let refused = block_on(store.commit(store.transaction(), &ReadSet::default(), writes, None));
    let Err(CommitError::Store(error)) = refused else { panic!("it was taken") };
    assert!(
        matches!(error, StoreError::CommitTooLarge { bytes: 1_073_742_248, limit: 1_073_741_824 }),
        "{error}"
    );
    assert_eq!(store.inner.documents.count().0, 1);
    fill(&store, 1..2);
    assert_eq!(count(&store), 2);
}
