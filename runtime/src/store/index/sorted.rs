//! Owns the entries of one index in order: leaves of a few entries side by side, and an ordered map of where each begins.
//!
//! Most entries come in order, as those by creation time do. They fill their leaves, and go to the last one without a
//! search. Others meet one cold leaf, where a tree with its entries in every node would have them meet several.
//!
//! Invariant: each key is at or above the bound of its leaf and below that of the next. The first bound is the empty key, so every
//! key has a leaf; no leaf but the first is empty.

use std::collections::BTreeMap;
use std::ops::Bound;

use crate::store::payload::Key;

/// Most entries of a leaf.
const LEAF: usize = 32;

/// A leaf with fewer joins the next, if there is room for both.
const FEW: usize = LEAF / 4;

/// Entries from one that a search compares to the next. They are looked at in a row, so that the processor fetches those
/// ahead while it compares.
const STEP: usize = 4;

type Leaf<V> = Vec<(Key, V)>;

pub(super) struct Sorted<V> {
    leaves: BTreeMap<Key, Leaf<V>>,
}

/// What is to become of an entry.
pub(super) enum Change<V> {
    /// It stays as it is by now, or absent.
    Nothing,
    /// It was absent, and is added.
    Add(V),
    /// It goes.
    Remove,
}

impl<V> Default for Sorted<V> {
    fn default() -> Self {
        Self { leaves: BTreeMap::from([(Key::default(), Vec::new())]) }
    }
}

impl<V> Sorted<V> {
    /// The entry of `key`.
    pub(super) fn get(&self, key: &Key) -> Option<&V> {
        let (_, leaf) = self.leaves.range::<Key, _>(..=key).next_back()?;
        leaf.get(position(leaf, key)).filter(|(own, _)| own == key).map(|(_, value)| value)
    }

    /// Shows the entry of `key` to `decide`, and does what that says.
    pub(super) fn change(&mut self, key: &Key, decide: impl FnOnce(Option<&mut V>) -> Change<V>) {
        let mut last = self.leaves.last_entry().filter(|last| last.key() <= key);
        let leaf = match &mut last {
            Some(last) => last.get_mut(),
            None => match self.leaves.range_mut::<Key, _>(..=key).next_back() {
                Some((_, leaf)) => leaf,
                None => return,
            },
        };
        let at = position(leaf, key);
        let value = leaf.get_mut(at).filter(|(own, _)| own == key).map(|(_, value)| value);
        let is_there = value.is_some();
        let value = match (decide(value), is_there) {
            (Change::Add(value), false) => value,
            (Change::Remove, true) => {
                leaf.remove(at);
                if leaf.len() < FEW {
                    self.join(key);
                }
                return;
            }
            _ => return,
        };
        if leaf.len() < LEAF {
            leaf.insert(at, (key.clone(), value));
            return;
        }
        // What comes in order leaves full leaves behind.
        let mut right = leaf.split_off(if at == LEAF { LEAF } else { LEAF / 2 });
        right.reserve_exact(LEAF - right.len());
        let (side, at) = if at < leaf.len() { (leaf, at) } else { (&mut right, at - leaf.len()) };
        side.insert(at, (key.clone(), value));
        self.leaves.insert(right[0].0.clone(), right);
    }

    /// Takes the entry of `key` out.
    pub(super) fn remove(&mut self, key: &Key) {
        self.change(key, |_| Change::Remove);
    }

    /// Keeps only what `keep` says, of the entries of some leaves from the bound `from` on, and joins leaves of which little is
    /// left. Returns where to go on, if there is more.
    pub(super) fn retain_some(
        &mut self,
        from: &[u8],
        leaves: usize,
        mut keep: impl FnMut(&Key, &V) -> bool,
    ) -> Option<Key> {
        let mut gone = Vec::new();
        let mut rest = self.leaves.range_mut::<[u8], _>((Bound::Included(from), Bound::Unbounded));
        let mut before: Option<&mut Leaf<V>> = None;
        for (bound, leaf) in rest.by_ref().take(leaves) {
            leaf.retain(|(key, value)| keep(key, value));
            match &mut before {
                Some(before) if before.len() + leaf.len() <= LEAF / 4 * 3 => {
                    before.append(leaf);
                    gone.push(bound.clone());
                }
                _ if leaf.is_empty() && !bound.is_empty() => gone.push(bound.clone()),
                _ => before = Some(leaf),
            }
        }
        let next = rest.next().map(|(bound, _)| bound.clone());
        for bound in gone {
            self.leaves.remove(&bound);
        }
        next
    }

    /// Takes some entries out, the first ones. None when there are none.
    pub(super) fn pop_some(&mut self) -> Vec<(Key, V)> {
        let Some(mut first) = self.leaves.first_entry() else { return Vec::new() };
        let entries = std::mem::take(first.get_mut());
        if !entries.is_empty() {
            return entries;
        }
        let second = self.leaves.range::<Key, _>((Bound::Excluded(Key::default()), Bound::Unbounded)).next();
        let Some(bound) = second.map(|(bound, _)| bound.clone()) else { return entries };
        self.leaves.remove(&bound).unwrap_or_default()
    }

    /// The entries from `start` on, below `end` if there is one.
    pub(super) fn range<'a>(
        &'a self,
        start: Bound<&'a [u8]>,
        end: Option<&'a [u8]>,
    ) -> impl DoubleEndedIterator<Item = (&'a Key, &'a V)> {
        let from = match start {
            Bound::Included(start) | Bound::Excluded(start) => start,
            Bound::Unbounded => &[],
        };
        let is_before =
            move |key: &[u8]| *key < *from || matches!(start, Bound::Excluded(_)) && *key == *from;
        let is_within = move |key: &[u8]| end.is_none_or(|end| *key < *end);
        let first = self
            .leaves
            .range::<[u8], _>((Bound::Unbounded, Bound::Included(from)))
            .next_back()
            .filter(|_| is_within(from));
        let leaves = first.map(|(bound, _)| {
            let end = end.map_or(Bound::Unbounded, Bound::Excluded);
            self.leaves.range::<[u8], _>((Bound::Included(&**bound), end))
        });
        leaves.into_iter().flatten().flat_map(move |(_, leaf)| {
            let from = leaf.partition_point(|(key, _)| is_before(key));
            let to = leaf.partition_point(|(key, _)| is_within(key));
            leaf[from..to.max(from)].iter().map(|(key, value)| (key, value))
        })
    }

    #[cfg(test)]
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (&Key, &V)> {
        self.range(Bound::Unbounded, None)
    }

    /// After an entry of the leaf of `key` has gone and few are left: joins it with a neighbour that has room.
    fn join(&mut self, key: &Key) {
        let mut below = self.leaves.range::<Key, _>(..=key).rev();
        let Some((own, leaf)) = below.next() else { return };
        let next = self.leaves.range::<Key, _>((Bound::Excluded(own), Bound::Unbounded)).next();
        let has_room = |other: &Leaf<V>| leaf.len() + other.len() <= LEAF / 4 * 3;
        let joined = match (next, below.next()) {
            (Some((next, other)), _) if has_room(other) => Some((own.clone(), next.clone())),
            (_, Some((previous, other))) if has_room(other) || leaf.is_empty() => {
                Some((previous.clone(), own.clone()))
            }
            _ => None,
        };
        let Some((first, second)) = joined else { return };
        let entries = self.leaves.remove(&second).unwrap_or_default();
        if let Some(leaf) = self.leaves.get_mut(&first) {
            leaf.extend(entries);
        }
    }
}

/// Where `key` is among the entries of a leaf, or would be.
fn position<V>(leaf: &[(Key, V)], key: &Key) -> usize {
    if leaf.last().is_none_or(|(last, _)| last < key) {
        return leaf.len();
    }
    let mut at = 0;
    while leaf.get(at + STEP - 1).is_some_and(|(own, _)| own < key) {
        at += STEP;
    }
    at + leaf[at..].iter().take_while(|(own, _)| own < key).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(n: u32) -> Key {
        Key::new(&n.to_be_bytes())
    }

    fn put(sorted: &mut Sorted<u32>, key: &Key, new: u32) {
        sorted.change(key, |value| match value {
            Some(value) => {
                *value = new;
                Change::Nothing
            }
            None => Change::Add(new),
        });
    }

    /// Looks whether the map is as its invariant says; returns how many leaves there are.
    fn check(sorted: &Sorted<u32>) -> usize {
        let leaves: Vec<_> = sorted.leaves.iter().collect();
        assert!(leaves[0].0.is_empty());
        for (number, (bound, leaf)) in leaves.iter().enumerate() {
            let end = leaves.get(number + 1).map(|(bound, _)| *bound);
            assert!(number == 0 || !leaf.is_empty());
            assert!(leaf.len() <= LEAF && leaf.is_sorted_by(|(a, _), (b, _)| a < b));
            assert!(leaf.iter().all(|(key, _)| key >= *bound && end.is_none_or(|end| key < end)));
        }
        leaves.len()
    }

    #[test]
    fn agrees_with_a_plain_map() {
        for seed in 0..20 {
            let mut random = fastrand::Rng::with_seed(seed);
            let (mut sorted, mut model) = (Sorted::default(), BTreeMap::new());
            let keys = if random.bool() { 60 } else { 3_000 };
            for turn in 0..4_000 {
                let key = if random.u8(..5) == 0 { key(10_000 + turn) } else { key(random.u32(..keys)) };
                // Grows, and shrinks again.
                if random.u32(..4_000) > turn {
                    put(&mut sorted, &key, turn);
                    model.insert(key, turn);
                } else {
                    let key = random.choice(model.keys()).cloned().unwrap_or(key);
                    sorted.remove(&key);
                    model.remove(&key);
                }
                if turn % 97 == 0 {
                    check(&sorted);
                }
            }
            check(&sorted);
            assert!(sorted.iter().eq(&model) && sorted.iter().rev().eq(model.iter().rev()));
            for _ in 0..300 {
                let (start, end) = (key(random.u32(..keys)), key(random.u32(..keys)));
                assert_eq!(sorted.get(&start), model.get(&start));
                let from = if random.bool() { Bound::Included(&*start) } else { Bound::Excluded(&*start) };
                let found: Vec<_> = sorted.range(from, Some(&end)).collect();
                let above = model.range::<[u8], _>((from, Bound::Unbounded));
                let expected = above.filter(|(key, _)| **key < end);
                assert!(found.iter().copied().eq(expected), "{start:?} {end:?}");
                assert!(
                    sorted.range(from, None).rev().eq(model.range::<[u8], _>((from, Bound::Unbounded)).rev())
                );
            }
            let popped: Vec<_> = std::iter::repeat_with(|| sorted.pop_some())
                .take_while(|some| !some.is_empty())
                .flatten()
                .collect();
            assert!(popped.iter().map(|(key, value)| (key, value)).eq(&model));
        }
    }

    #[test]
    fn what_is_kept_is_in_its_place_and_in_few_leaves() {
        for seed in 0..40 {
            let mut random = fastrand::Rng::with_seed(seed);
            let (mut sorted, mut model) = (Sorted::default(), BTreeMap::new());
            for turn in 0..random.u32(..5_000) {
                let key = key(random.u32(..20_000));
                put(&mut sorted, &key, turn);
                model.insert(key, turn);
            }
            let share = [1, 2, 50][random.usize(..3)];
            model.retain(|_, value| *value % share == 0);
            let (mut from, mut rounds) = (Key::default(), 0);
            while let Some(next) = sorted.retain_some(&from, 7, |_, value| *value % share == 0) {
                assert!(next > from);
                from = next;
                rounds += 1;
            }
            let leaves = check(&sorted);
            assert!(sorted.iter().eq(&model));
            assert!(share < 50 || leaves <= 2 + rounds + model.len() / FEW, "{leaves} for {}", model.len());
        }
    }

    #[test]
    fn what_comes_in_order_fills_its_leaves_and_what_goes_leaves_none_behind() {
        let mut sorted = Sorted::default();
        for n in 0..6_400 {
            put(&mut sorted, &key(n), n);
        }
        assert_eq!(check(&sorted), 200);
        // Between full ones there is nobody to join.
        for n in 32..64 {
            sorted.remove(&key(n));
        }
        assert_eq!(check(&sorted), 199);
        for n in (0..6_400).filter(|n| n % 50 > 0) {
            sorted.remove(&key(n));
        }
        assert!(check(&sorted) < 20);
    }
}
