//! Owns merging what memory knows of a range with what the base has.
//!
//! Invariant: pure; memory wins. Only keys up to the nearer end of the two batches are judged: behind it one side has
//! not been looked at.

use std::cmp::Ordering;

use crate::store::Order;
use crate::store::payload::Key;

/// The first keys of a range.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Merged {
    pub(super) keys: Vec<Key>,
    /// Up to where the range was judged; `None` when that is all of it.
    pub(super) last: Option<Key>,
}

/// Merges `changes`, complete up to `last`, with `stored`, complete up to its own last key, or wholly if `stored_is_all`.
pub(super) fn merge(
    changes: Vec<(Key, bool)>,
    last: Option<Key>,
    stored: Vec<Key>,
    stored_is_all: bool,
    order: Order,
) -> Merged {
    let before = |a: &Key, b: &Key| match order {
        Order::Ascending => a.cmp(b),
        Order::Descending => b.cmp(a),
    };
    let stored_last = if stored_is_all { None } else { stored.last().cloned() };
    let last = match (last, stored_last) {
        (Some(a), Some(b)) => Some(if before(&a, &b).is_le() { a } else { b }),
        (a, b) => a.or(b),
    };
    let is_judged = |key: &Key| last.as_ref().is_none_or(|last| before(key, last).is_le());
    let mut keys = Vec::with_capacity(changes.len() + stored.len());
    let mut changes = changes.into_iter().take_while(|(key, _)| is_judged(key)).peekable();
    let mut stored = stored.into_iter().take_while(is_judged).peekable();
    loop {
        let side = match (changes.peek(), stored.peek()) {
            (Some((own, _)), Some(key)) => before(own, key),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return Merged { keys, last },
        };
        if side.is_ge() {
            let key = stored.next();
            if side.is_gt() {
                keys.extend(key);
                continue;
            }
        }
        keys.extend(changes.next().filter(|(_, is_there)| *is_there).map(|(key, _)| key));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    fn keys(numbers: impl IntoIterator<Item = u8>) -> Vec<Key> {
        numbers.into_iter().map(|number| Key::new(&[number])).collect()
    }

    #[test]
    fn memory_wins_and_only_what_both_have_looked_at_is_judged() {
        let changes = vec![(Key::new(&[2]), false), (Key::new(&[3]), true)];
        let merged = merge(changes.clone(), None, keys([1, 2, 4]), true, Order::Ascending);
        assert_eq!(merged, Merged { keys: keys([1, 3, 4]), last: None });
        let merged = merge(changes.clone(), Some(Key::new(&[3])), keys([1, 2, 4]), true, Order::Ascending);
        assert_eq!(merged, Merged { keys: keys([1, 3]), last: Some(Key::new(&[3])) });
        let merged = merge(changes, None, keys([1, 2]), false, Order::Ascending);
        assert_eq!(merged, Merged { keys: keys([1]), last: Some(Key::new(&[2])) });
    }

    #[test]
    fn batches_together_are_the_whole() {
        let mut random = fastrand::Rng::with_seed(9);
        for _ in 0..3000 {
            let stored: BTreeSet<u8> = (0..random.u8(..20)).map(|_| random.u8(..40)).collect();
            let changes: BTreeMap<u8, bool> =
                (0..random.u8(..20)).map(|_| (random.u8(..40), random.bool())).collect();
            let mut expected = stored.clone();
            for (key, is_there) in &changes {
                if *is_there {
                    expected.insert(*key)
                } else {
                    expected.remove(key)
                };
            }
            let order = if random.bool() { Order::Ascending } else { Order::Descending };
            let (mut found, mut judged) = (Vec::new(), None::<u8>);
            loop {
                let is_ahead = |key: u8| {
                    judged.is_none_or(|last| if order == Order::Ascending { key > last } else { key < last })
                };
                let mut memory: Vec<(Key, bool)> = changes
                    .iter()
                    .filter(|(key, _)| is_ahead(**key))
                    .map(|(key, there)| (Key::new(&[*key]), *there))
                    .collect();
                let mut base: Vec<u8> = stored.iter().copied().filter(|key| is_ahead(*key)).collect();
                if order == Order::Descending {
                    memory.reverse();
                    base.reverse();
                }
                let (of_memory, of_base) = (random.usize(1..6), random.usize(1..6));
                let last = memory.get(of_memory - 1).map(|(key, _)| key.clone());
                memory.truncate(of_memory);
                let is_all = base.len() < of_base;
                base.truncate(of_base);
                let merged = merge(memory, last, keys(base), is_all, order);
                found.extend(merged.keys.iter().map(|key| key[0]));
                let Some(last) = merged.last else { break };
                judged = Some(last[0]);
            }
            let mut expected: Vec<u8> = expected.into_iter().collect();
            if order == Order::Descending {
                expected.reverse();
            }
            assert_eq!(found, expected);
        }
    }
}
