//! Leaves by themselves: whatever changes, they are a plain ordered map, in few and full leaves.

use std::collections::BTreeMap;

use redb::{Database, ReadableDatabase as _};

use super::*;
use crate::error::StoreError;
use crate::testing::{number, seed};

const MAP: Definition = TableDefinition::new("map");

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

struct Map {
    database: Database,
    model: Model,
}

impl Map {
    fn new() -> Self {
        let database =
            Database::builder().create_with_backend(redb::backends::InMemoryBackend::new()).unwrap();
        let write = database.begin_write().unwrap();
        write.open_table(MAP).unwrap();
        write.commit().unwrap();
        Self { database, model: Model::new() }
    }

    /// Makes changes, and finds what the model has.
    fn change(&mut self, changes: Vec<(Vec<u8>, Option<Vec<u8>>)>) {
        let write = self.database.begin_write().unwrap();
        {
            let mut map = Changes::new(Path::new("map"), write.open_table(MAP).unwrap());
            for (key, value) in changes {
                let was_there = map.put(&key, value.as_deref()).ok().unwrap();
                let before = match value {
                    Some(value) => self.model.insert(key, value),
                    None => self.model.remove(&key),
                };
                assert_eq!(was_there, before.is_some());
            }
            map.close().ok().unwrap();
        }
        write.commit().unwrap();
    }

    fn stored(&self) -> Stored {
        self.database.begin_read().unwrap().open_table(MAP).unwrap()
    }

    /// What a walk shows, at most so many.
    fn walk(
        &self,
        start: Bound<&[u8]>,
        end: Option<&[u8]>,
        order: Order,
        limit: usize,
    ) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut found = Vec::new();
        walk(Path::new("map"), &self.stored(), start, end, order, |key, value| {
            found.push((key.to_vec(), value.to_vec()));
            found.len() < limit
        })
        .ok()
        .unwrap();
        found
    }

    /// Looks whether all is where it belongs; returns how many leaves there are, and their bytes.
    fn check(&self) -> (usize, usize) {
        let all = self.walk(Bound::Unbounded, None, Order::Ascending, usize::MAX);
        assert!(all.iter().map(|(key, value)| (key, value)).eq(&self.model));
        let (mut leaves, mut bytes) = (0, 0);
        let mut bounds: Vec<Vec<u8>> = Vec::new();
        for leaf in self.stored().range::<&[u8]>(..).unwrap() {
            let (bound, stored) = leaf.unwrap();
            bounds.push(bound.value().to_vec());
            leaves += 1;
            bytes += stored.value().len();
        }
        for (number, bound) in bounds.iter().enumerate() {
            let end = bounds.get(number + 1);
            let held: Vec<_> = self
                .model
                .range(bound.clone()..)
                .take_while(|(key, _)| end.is_none_or(|end| *key < end))
                .collect();
            assert!(!held.is_empty() && held.iter().all(|(key, _)| are_kin(key, bound)), "{bound:?}");
            let most = held.iter().map(|(_, value)| value.len()).max().unwrap_or(0);
            assert!(held.len() == 1 || most < FULL, "a large value is alone");
        }
        (leaves, bytes)
    }
}

/// A key of one of a few tables.
fn key(random: &mut fastrand::Rng, keys: u32) -> Vec<u8> {
    let mut key = u32::from(random.u8(..3)).to_be_bytes().to_vec();
    key.extend(random.u32(..keys).to_be_bytes());
    key.extend(vec![7; usize::from(key[7] % 40)]);
    key
}

fn value(random: &mut fastrand::Rng) -> Vec<u8> {
    let length = match random.u8(..100) {
        0 => random.usize(..9_000),
        1..10 => random.usize(..1500),
        _ => random.usize(..100),
    };
    vec![random.u8(..); length]
}

#[test]
fn whatever_changes_they_are_a_plain_map() {
    let first = seed();
    for seed in first..first + number("MAINSPRING_LEAF_RUNS", 6) {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut map = Map::new();
        let keys = [20, 500, 5_000][random.usize(..3)];
        for turn in 0..12 {
            let most = [5, 100, 1_000][random.usize(..3)];
            let removes = random.u8(..10) < 3 || turn > 9;
            let mut changes: Vec<_> = (0..random.usize(..most))
                .map(|_| {
                    let goes = random.u8(..10) < if removes { 8 } else { 2 };
                    (key(&mut random, keys), (!goes).then(|| value(&mut random)))
                })
                .collect();
            if random.u8(..5) > 0 {
                changes.sort();
                changes.dedup_by(|a, b| a.0 == b.0);
            }
            map.change(changes);
            map.check();
            for _ in 0..20 {
                let (start, end) = (key(&mut random, keys), key(&mut random, keys));
                let found = get(Path::new("map"), &map.stored(), &start, <[u8]>::to_vec).ok().unwrap();
                assert_eq!(found.as_ref(), map.model.get(&start), "MAINSPRING_SEED={seed}");
                let from = match random.u8(..3) {
                    0 => Bound::Unbounded,
                    1 => Bound::Included(&*start),
                    _ => Bound::Excluded(&*start),
                };
                let end = random.bool().then_some(&*end);
                let limit = random.usize(1..200);
                let model = map.model.range::<[u8], _>((from, Bound::Unbounded));
                let expected: Vec<_> = model.filter(|(key, _)| end.is_none_or(|end| ***key < *end)).collect();
                let up = map.walk(from, end, Order::Ascending, limit);
                assert!(up.iter().map(|(key, value)| (key, value)).eq(expected.iter().copied().take(limit)));
                let down = map.walk(from, end, Order::Descending, limit);
                assert!(
                    down.iter().map(|(key, value)| (key, value)).eq(expected
                        .iter()
                        .rev()
                        .copied()
                        .take(limit))
                );
            }
        }
        let rest = map.model.keys().map(|key| (key.clone(), None)).collect();
        map.change(rest);
        assert_eq!(map.check(), (0, 0), "MAINSPRING_SEED={seed}");
    }
}

#[test]
fn what_comes_in_order_fills_its_leaves_and_what_goes_leaves_few() {
    let mut map = Map::new();
    let key = |n: u32| [&[0; 4][..], &n.to_be_bytes()].concat();
    for turn in 0..40 {
        map.change((turn * 100..turn * 100 + 100).map(|n| (key(n), Some(vec![1; 90]))).collect());
    }
    let (leaves, bytes) = map.check();
    assert!(bytes > leaves * FULL * 9 / 10, "{bytes} in {leaves}");
    // In the middle, one at a time.
    for n in 0..400 {
        let mut between = key(n * 10);
        between.push(1);
        map.change(vec![(between, Some(vec![1; 90]))]);
    }
    let (leaves, bytes) = map.check();
    assert!(bytes > leaves * FULL / 2, "{bytes} in {leaves}");
    for rest in 1..50 {
        map.change((0..4_000).filter(|n| n % 50 == rest).map(|n| (key(n), None)).collect());
    }
    let (leaves, bytes) = map.check();
    assert!(bytes > leaves * FULL / 5, "{bytes} in {leaves}");
}

#[test]
fn a_leaf_that_was_damaged_is_named_by_reads_and_changes() {
    let mut map = Map::new();
    map.change((0..100_u8).map(|n| (vec![0, 0, 0, 1, n], Some(vec![n; 9]))).collect());
    let write = map.database.begin_write().unwrap();
    {
        let mut table = write.open_table(MAP).unwrap();
        let (bound, mut bytes) = {
            let (bound, stored) = table.first().unwrap().unwrap();
            (bound.value().to_vec(), stored.value().to_vec())
        };
        bytes[50] ^= 1;
        table.insert(&*bound, &*bytes).unwrap();
        let mut changes = Changes::new(Path::new("map"), table);
        assert!(matches!(
            changes.put(&[0, 0, 0, 1, 200], Some(&[])),
            Err(Failure::Store(StoreError::BaseDamaged { .. }))
        ));
    }
    write.commit().unwrap();
    let read = get(Path::new("map"), &map.stored(), &[0, 0, 0, 1, 1], <[u8]>::to_vec);
    assert!(matches!(read, Err(Failure::Store(StoreError::BaseDamaged { .. }))));
}
