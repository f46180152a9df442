//! The base by itself: what a batch puts in comes back, and damage is named.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::store::disk::memory::MemoryDisk;
use crate::store::payload::Key;
use crate::store::read_set::KeyRange;
use crate::store::{IndexNumber, Order};
use crate::testing::{number, seed};

const FOLDER: &str = "data";
const TABLE: TableNumber = TableNumber(7);
const INDEX: IndexNumber = IndexNumber(3);

impl Base {
    /// Says that a newer program wrote it.
    pub(in crate::store) fn pretend_newer(&self) {
        self.pretend(FORMAT + 1);
    }

    /// Says that it has another format.
    fn pretend(&self, format: u32) {
        let written = self.with("write to", |database| {
            let write = database.begin_write()?;
            write.open_table(FACTS)?.insert("format", &format.to_le_bytes()[..])?;
            Ok(write.commit()?)
        });
        written.unwrap();
    }
}

fn open(disk: &MemoryDisk) -> Base {
    disk.make_folder(Path::new(FOLDER)).unwrap();
    let base = Base::open_existing(Arc::new(disk.clone()), Path::new(FOLDER), 1 << 20).unwrap();
    base.unwrap_or_else(|| Base::create(Arc::new(disk.clone()), Path::new(FOLDER), 1 << 20).unwrap())
}

fn id(n: u8) -> DocumentId {
    DocumentId([n; 16])
}

fn fill(base: &Base, ts: u64, numbers: impl Iterator<Item = u8>) {
    let written = base.apply(|batch| {
        for n in numbers {
            batch.document(TABLE, id(n), Some(&[n; 100]))?;
            batch.entry(INDEX, &[n, 1], true)?;
        }
        Ok(Facts { ts, ..Facts::default() })
    });
    written.unwrap();
}

#[test]
fn a_batch_comes_back_and_a_view_stays_as_it_was() {
    let disk = MemoryDisk::default();
    let base = open(&disk);
    fill(&base, 5, 0..100);
    let (view, ninth) = (base.view().unwrap(), BTreeSet::from([IndexNumber(9)]));
    base.apply(|batch| {
        batch.document(TABLE, id(1), None)?;
        batch.entry(INDEX, &[1, 1], false)?;
        batch.entry(INDEX, &[1, 1], false)?;
        batch.entry(INDEX, &[2, 1], true)?;
        batch.entry(IndexNumber(4), b"other", true)?;
        let before = BTreeMap::from([(INDEX, facts::Size { entries: 100, bytes: 200 })]);
        let sizes = batch.sizes(before);
        assert_eq!(sizes[&INDEX], facts::Size { entries: 99, bytes: 198 });
        Ok(Facts { ts: 6, sizes, dropped: ninth.clone(), purging: ninth.clone(), ..Facts::default() })
    })
    .unwrap();
    let range = KeyRange::new(&[0, 1][..], Some(Key::new(&[3])));
    assert_eq!(view.entries(INDEX, &range, Order::Ascending, 9).unwrap().len(), 3);
    assert_eq!(&*view.document(TABLE, id(1)).unwrap().unwrap(), &[1; 100]);
    drop(base);
    let base = open(&disk);
    let (facts, view) = (base.facts().unwrap(), base.view().unwrap());
    assert_eq!((facts.ts, &facts.dropped, &facts.purging), (6, &ninth, &ninth));
    let size = |index| facts.sizes[&index];
    assert_eq!(size(INDEX), facts::Size { entries: 99, bytes: 198 });
    assert_eq!((facts.sizes.len(), size(IndexNumber(4))), (2, facts::Size { entries: 1, bytes: 5 }));
    let backwards = KeyRange::new(&[3][..], Some(Key::new(&[2])));
    assert_eq!(view.entries(INDEX, &backwards, Order::Ascending, 9).unwrap(), []);
    let keys = view.entries(INDEX, &range, Order::Descending, 9).unwrap();
    assert_eq!(keys, [Key::new(&[2, 1]), Key::new(&[0, 1])]);
    assert_eq!(view.entries(INDEX, &KeyRange::all(), Order::Descending, 1).unwrap(), [Key::new(&[99, 1])]);
    assert!(view.document(TABLE, id(1)).unwrap().is_none());
    assert!(view.document(TableNumber(8), id(2)).unwrap().is_none());
}

#[test]
fn a_dropped_index_goes_in_steps_and_leaves_its_neighbours() {
    let disk = MemoryDisk::default();
    let base = open(&disk);
    let mut steps = 0;
    base.apply(|batch| {
        for n in 0..1000_u32 {
            let mut key = fastrand::Rng::with_seed(n.into()).u128(..).to_be_bytes().repeat(3);
            key[..4].copy_from_slice(&n.to_be_bytes());
            batch.entry(INDEX, &key, true)?;
        }
        batch.entry(IndexNumber(INDEX.0 + 1), b"next", true)?;
        batch.entry(IndexNumber(INDEX.0 - 1), b"last", true)?;
        while batch.purge(INDEX, 300)? {
            steps += 1;
        }
        Ok(Facts::default())
    })
    .unwrap();
    assert!((2..=3).contains(&steps), "{steps}");
    let left = base.view().unwrap().entries_after(None, 99).unwrap();
    let left: Vec<u32> = left.iter().map(|(index, _)| index.0).collect();
    assert_eq!(left, [INDEX.0 - 1, INDEX.0 + 1]);
}

#[test]
fn a_failed_write_leaves_the_last_checkpoint_after_reopening() {
    for n in 1..60 {
        let disk = MemoryDisk::default();
        let base = open(&disk);
        fill(&base, 5, 0..50);
        disk.fail_once(n, "");
        let failed = base.apply(|batch| {
            for n in 50..100 {
                batch.document(TABLE, id(n), Some(&[n; 1000]))?;
            }
            Ok(Facts { ts: 6, ..Facts::default() })
        });
        disk.heal();
        base.reopen().unwrap();
        let (facts, view) = (base.facts().unwrap(), base.view().unwrap());
        let there = (0..100).filter(|n| view.document(TABLE, id(*n)).unwrap().is_some()).count();
        assert!(matches!((facts.ts, there), (5, 50) | (6, 100)), "call {n}: {} {there}", facts.ts);
        assert!(facts.ts == 6 || failed.is_err());
    }
}

/// What a disk may do to a file.
fn damage(bytes: &mut Vec<u8>, older: &[u8], random: &mut fastrand::Rng) -> &'static str {
    let at = random.usize(..bytes.len());
    let sector = at / 512 * 512..(at / 512 * 512 + 512).min(bytes.len());
    let page = at / 4096 * 4096..(at / 4096 * 4096 + 4096).min(bytes.len());
    match random.u8(..6) {
        0..3 => {
            bytes[at] ^= 1 << random.u8(..8);
            "a bit"
        }
        3 => {
            bytes[sector].fill(0);
            "a sector of zeros"
        }
        4 => {
            if let Some(before) = older.get(page.clone()) {
                bytes[page].copy_from_slice(before);
            }
            "a page as it was before"
        }
        _ => {
            bytes.truncate(at);
            "a file that was cut"
        }
    }
}

#[test]
fn every_damage_is_named_or_harms_nothing() {
    let disk = MemoryDisk::default();
    let base = open(&disk);
    let path = Base::path_in(Path::new(FOLDER));
    fill(&base, 4, 0..150);
    let older = disk.bytes(&path);
    fill(&base, 5, 0..200);
    drop(base);
    let whole = disk.bytes(&path);
    let first = seed();
    let runs = number("MAINSPRING_FUZZ_RUNS", 20_000) / 50;
    let mut noticed = 0;
    for seed in first..first + runs {
        let damaged = MemoryDisk::default();
        let mut bytes = whole.clone();
        let what = damage(&mut bytes, &older, &mut fastrand::Rng::with_seed(seed));
        damaged.make_folder(Path::new(FOLDER)).unwrap();
        damaged.set_bytes(&path, bytes.clone());
        let shared: Arc<dyn Disk> = Arc::new(damaged.clone());
        let checked = Base::check(shared, Path::new(FOLDER), 1 << 20);
        assert_eq!(damaged.bytes(&path), bytes, "a check changes nothing");
        let all = checked.and_then(|checked| {
            let view = checked.unwrap().view;
            let documents = view.documents_after(None, 999)?;
            let entries = view.entries_after(None, 999)?;
            Ok((
                documents.len(),
                entries.len(),
                documents.iter().all(|(_, id, value)| **value == [id.0[0]; 100]),
            ))
        });
        match all {
            Ok(found) => assert_eq!(found, (200, 200, true), "{what}, MAINSPRING_SEED={seed}"),
            Err(error) => {
                assert!(error.to_string().contains("base.redb"), "{error}");
                noticed += 1;
            }
        }
    }
    assert!(noticed > runs / 6, "only {noticed} of {runs} hit anything");
}

#[test]
fn a_newer_base_is_refused_and_so_is_an_older_one() {
    let disk = MemoryDisk::default();
    let base = open(&disk);
    base.pretend_newer();
    let error = base.facts().unwrap_err();
    assert!(matches!(error, StoreError::NewerFormat { found: 3, supported: 2, .. }), "{error}");
    base.pretend(1);
    let error = base.facts().unwrap_err();
    assert!(matches!(error, StoreError::OlderFormat { found: 1, supported: 2, .. }), "{error}");
}

#[test]
fn what_is_read_is_checked_also_where_nobody_has_looked_at_the_pages() {
    let disk = MemoryDisk::default();
    let base = open(&disk);
    let path = Base::path_in(Path::new(FOLDER));
    fill(&base, 5, 0..50);
    drop(base);
    let mut bytes = disk.bytes(&path);
    let value = [7; 100];
    let places: Vec<usize> =
        (0..bytes.len() - value.len()).filter(|at| bytes[*at..].starts_with(&value)).collect();
    assert!(!places.is_empty());
    for at in &places {
        bytes[at + 50] ^= 1;
    }
    disk.set_bytes(&path, bytes);
    let error = open(&disk).view().unwrap().document(TABLE, id(7)).unwrap_err();
    assert!(error.to_string().contains("base.redb` is damaged"), "{error}");
}

#[test]
fn a_base_that_cannot_be_closed_says_so() {
    let disk = MemoryDisk::default();
    let base = open(&disk);
    fill(&base, 5, 0..50);
    disk.fail_always("base");
    let error = base.close().unwrap_err();
    assert!(error.to_string().contains("base.redb"), "{error}");
}

#[test]
fn facts_that_were_cut_are_refused_by_name() {
    let sizes = BTreeMap::from([(INDEX, facts::Size { entries: 1, bytes: 2 })]);
    let written = Facts { dropped: [INDEX].into(), purging: [INDEX].into(), sizes, ..Facts::default() };
    let read = |shorter: &str| {
        facts::parse(Path::new("base.redb"), |name| {
            let (_, mut bytes) =
                facts::fields(&written).into_iter().find(|(other, _)| *other == name).unwrap();
            bytes.truncate(bytes.len() - usize::from(name == shorter));
            Ok(Some(bytes))
        })
    };
    assert!(read("none").is_ok_and(|facts| facts == written));
    for (name, _) in facts::fields(&written) {
        match read(name) {
            Err(Failure::Store(error)) => assert!(error.to_string().contains(name), "{error}"),
            _ => panic!("{name} was taken"),
        }
    }
}
