//! Owns one ordered map of the base: keys and values in leaves, and the leaves in a table of the library.
//!
//! A leaf is what the library's tree stores under one key, so what changes in one leaf costs one step of that tree, however
//! many keys it is. A leaf holds the keys from its bound up to the next bound, and never those of two tables or indexes.
//!
//! Invariant: every key lies in the leaf of the highest bound that is not above it.

use std::ops::Bound;
use std::path::Path;

use redb::{AccessGuard, ReadOnlyTable, ReadableTable as _, Table, TableDefinition};

use super::leaf::{FULL, Leaf, Place, are_kin};
use super::{Failure, damaged};
use crate::store::Order;

pub(super) type Definition = TableDefinition<'static, &'static [u8], &'static [u8]>;
pub(super) type Stored = ReadOnlyTable<&'static [u8], &'static [u8]>;

/// The leaves by their bounds.
type Tree<'a> = Table<'a, &'static [u8], &'static [u8]>;
type Guard = AccessGuard<'static, &'static [u8]>;

/// Below so many eighths a leaf is joined with the next one; below the other, it gets a half of the one before.
const FEW: usize = 2;
const HALF: usize = 4;

/// Changes to a map. Those in the order of the keys are the cheapest: each leaf is then read and written once.
pub(super) struct Changes<'a> {
    path: &'a Path,
    table: Tree<'a>,
    open: Option<Open>,
}

/// The leaf that is being changed.
struct Open {
    /// Where it was, if it was there, until something is written there.
    bound: Option<Vec<u8>>,
    /// The bound of the next one of the same kin.
    next: Option<Vec<u8>>,
    /// What was in it, and the first of that which is still to be copied.
    old: Vec<u8>,
    place: Option<Place>,
    /// The last key that was changed.
    last: Vec<u8>,
    /// A leaf that is full, but not written yet, and the one after it.
    full: Option<Leaf>,
    filling: Option<Leaf>,
}

impl<'a> Changes<'a> {
    pub(super) fn new(path: &'a Path, table: Tree<'a>) -> Self {
        Self { path, table, open: None }
    }

    /// Puts a value, or removes it; returns whether there was one.
    pub(super) fn put(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<bool, Failure> {
        if !self.open.as_ref().is_some_and(|open| open.takes(key)) {
            self.close()?;
            self.open = Some(self.open(key)?);
        }
        let Self { path, table, open } = self;
        let Some(open) = open else { return Ok(false) };
        open.copy(path, table, Some(key))?;
        let was_there = open.place.as_ref().is_some_and(|place| place.key() == key);
        if was_there {
            open.skip(path)?;
        }
        if let Some(value) = value {
            open.push(table, key, value)?;
        }
        open.last.clear();
        open.last.extend_from_slice(key);
        Ok(was_there)
    }

    /// Removes whole leaves of the kin of `key`, the first ones, until they were `limit` keys; returns whether that many were
    /// found.
    pub(super) fn remove_leaves(&mut self, key: &[u8], limit: usize) -> Result<bool, Failure> {
        self.close()?;
        let mut keys = 0;
        while keys < limit {
            let first = match self.table.range::<&[u8]>(key..)?.next().transpose()? {
                Some((bound, stored)) if are_kin(bound.value(), key) => {
                    let stored = stored.value();
                    let mut place = begin(self.path, bound.value(), stored)?;
                    while step(self.path, &mut place, stored)? {
                        keys += 1;
                    }
                    bound.value().to_vec()
                }
                _ => return Ok(false),
            };
            self.table.remove(&*first)?;
        }
        Ok(true)
    }

    /// Writes what is not written yet.
    pub(super) fn close(&mut self) -> Result<(), Failure> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        let Self { path, table, .. } = self;
        open.copy(path, table, None)?;
        let is_small =
            |leaf: &Option<Leaf>, eighths| leaf.as_ref().is_none_or(|leaf| leaf.eighths() < eighths);
        if open.full.is_none()
            && is_small(&open.filling, FEW)
            && let Some(next) = open.next.take()
        {
            open.join(path, table, &next)?;
            open.next = Some(next);
        }
        let Open { bound, next, mut full, mut filling, .. } = open;
        // Behind the last leaf more will come, so there the full ones stay full.
        if next.is_some() && is_small(&filling, HALF) && full.as_ref().is_some_and(|full| full.eighths() <= 8)
        {
            (full, filling) = in_halves(path, full, filling)?;
        }
        let mut is_written = false;
        for leaf in [full, filling].iter_mut().flatten().filter(|leaf| !leaf.is_empty()) {
            let (bound, bytes) = leaf.seal();
            table.insert(bound, bytes)?;
            is_written = true;
        }
        match bound {
            Some(bound) if !is_written => {
                table.remove(&*bound)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn open(&self, key: &[u8]) -> Result<Open, Failure> {
        let mut open = Open {
            bound: None,
            next: None,
            old: Vec::new(),
            place: None,
            last: Vec::new(),
            full: None,
            filling: None,
        };
        if let Some((bound, stored)) = self.table.range::<&[u8]>(..=key)?.next_back().transpose()?
            && are_kin(bound.value(), key)
        {
            open.old.extend_from_slice(stored.value());
            open.bound = Some(bound.value().to_vec());
            open.place = Some(begin(self.path, bound.value(), &open.old)?);
            open.skip(self.path)?;
        }
        let above = (Bound::Excluded(key), Bound::Unbounded);
        if let Some((next, _)) = self.table.range::<&[u8]>(above)?.next().transpose()?
            && are_kin(next.value(), key)
        {
            open.next = Some(next.value().to_vec());
        }
        Ok(open)
    }
}

impl Open {
    /// Whether `key` belongs into this leaf, behind what was changed already.
    fn takes(&self, key: &[u8]) -> bool {
        *key > *self.last && are_kin(key, &self.last) && self.next.as_ref().is_none_or(|next| *key < **next)
    }

    /// Copies what was there, up to a key or all.
    fn copy(&mut self, path: &Path, table: &mut Tree<'_>, until: Option<&[u8]>) -> Result<(), Failure> {
        while let Some(place) = self.place.take_if(|place| until.is_none_or(|until| place.key() < until)) {
            let old = std::mem::take(&mut self.old);
            self.push(table, place.key(), place.value(&old))?;
            (self.old, self.place) = (old, Some(place));
            self.skip(path)?;
        }
        Ok(())
    }

    /// Takes the next leaf out and copies what is in it, unless that is one large value.
    fn join(&mut self, path: &Path, table: &mut Tree<'_>, next: &[u8]) -> Result<(), Failure> {
        self.old.clear();
        if let Some(stored) = table.get(next)?.filter(|stored| stored.value().len() <= FULL) {
            self.old.extend_from_slice(stored.value());
        } else {
            return Ok(());
        }
        table.remove(next)?;
        self.place = Some(begin(path, next, &self.old)?);
        self.skip(path)?;
        self.copy(path, table, None)
    }

    /// Leaves the present one of the old keys out.
    fn skip(&mut self, path: &Path) -> Result<(), Failure> {
        if let Some(place) = &mut self.place
            && !step(path, place, &self.old)?
        {
            self.place = None;
        }
        Ok(())
    }

    fn push(&mut self, table: &mut Tree<'_>, key: &[u8], value: &[u8]) -> Result<(), Failure> {
        let bound = &mut self.bound;
        let leaf =
            self.filling.get_or_insert_with(|| Leaf::new(bound.take().unwrap_or_else(|| key.to_vec())));
        if leaf.push(key, value) {
            return Ok(());
        }
        let mut next = Leaf::new(key.to_vec());
        // An empty leaf takes anything.
        let _ = next.push(key, value);
        if let Some(mut written) = std::mem::replace(&mut self.full, self.filling.replace(next)) {
            let (bound, bytes) = written.seal();
            table.insert(bound, bytes)?;
        }
        Ok(())
    }
}

/// Two leaves of the same keys, about equally large.
fn in_halves(
    path: &Path,
    first: Option<Leaf>,
    second: Option<Leaf>,
) -> Result<(Option<Leaf>, Option<Leaf>), Failure> {
    let leaves = [first, second];
    let size: usize = leaves.iter().flatten().map(Leaf::eighths).sum();
    let (mut left, mut right) = (None::<Leaf>, None::<Leaf>);
    for mut leaf in leaves.into_iter().flatten() {
        let (bound, stored) = leaf.seal();
        let mut place = begin(path, bound, stored)?;
        while step(path, &mut place, stored)? {
            let (key, value) = (place.key(), place.value(stored));
            let left = left.get_or_insert_with(|| Leaf::new(bound.to_vec()));
            if right.is_none() && left.eighths() < size / 2 && left.push(key, value) {
                continue;
            }
            let _ = right.get_or_insert_with(|| Leaf::new(key.to_vec())).push(key, value);
        }
    }
    Ok((left, right))
}

/// The value of a key, as `take` makes it of the bytes.
pub(super) fn get<T>(
    path: &Path,
    table: &Stored,
    key: &[u8],
    take: impl FnOnce(&[u8]) -> T,
) -> Result<Option<T>, Failure> {
    let Some((bound, stored)) = table.range::<&[u8]>(..=key)?.next_back().transpose()? else {
        return Ok(None);
    };
    if !are_kin(bound.value(), key) {
        return Ok(None);
    }
    let stored = stored.value();
    let mut place = begin(path, bound.value(), stored)?;
    while step(path, &mut place, stored)? {
        if place.key() >= key {
            return Ok((place.key() == key).then(|| take(place.value(stored))));
        }
    }
    Ok(None)
}

/// Shows keys and values from `start` on, and below `end` if there is one, to `see`, until that says that it is enough.
pub(super) fn walk(
    path: &Path,
    table: &Stored,
    start: Bound<&[u8]>,
    end: Option<&[u8]>,
    order: Order,
    mut see: impl FnMut(&[u8], &[u8]) -> bool,
) -> Result<(), Failure> {
    let is_within = |key: &[u8]| {
        let is_above = match start {
            Bound::Included(start) => key >= start,
            Bound::Excluded(start) => key > start,
            Bound::Unbounded => true,
        };
        is_above && end.is_none_or(|end| key < end)
    };
    let lowest = match start {
        // The leaf that the first key lies in begins before it.
        Bound::Included(start) | Bound::Excluded(start) => {
            let before = table.range::<&[u8]>(..=start)?.next_back().transpose()?;
            before
                .filter(|(bound, _)| are_kin(bound.value(), start))
                .map_or(start.to_vec(), |(bound, _)| bound.value().to_vec())
        }
        Bound::Unbounded => Vec::new(),
    };
    let bounds = (Bound::Included(&*lowest), end.map_or(Bound::Unbounded, Bound::Excluded));
    if end.is_some_and(|end| *end <= *lowest) {
        return Ok(());
    }
    let mut leaves = table.range::<&[u8]>(bounds)?;
    loop {
        let leaf = match order {
            Order::Ascending => leaves.next(),
            Order::Descending => leaves.next_back(),
        };
        let Some((bound, stored)) = leaf.transpose()? else { return Ok(()) };
        let go_on = match order {
            Order::Ascending => up(path, &bound, &stored, is_within, end, &mut see)?,
            Order::Descending => down(path, &bound, &stored, is_within, &mut see)?,
        };
        if !go_on {
            return Ok(());
        }
    }
}

fn up(
    path: &Path,
    bound: &Guard,
    stored: &Guard,
    is_within: impl Fn(&[u8]) -> bool,
    end: Option<&[u8]>,
    see: &mut impl FnMut(&[u8], &[u8]) -> bool,
) -> Result<bool, Failure> {
    let stored = stored.value();
    let mut place = begin(path, bound.value(), stored)?;
    while step(path, &mut place, stored)? {
        if is_within(place.key()) {
            if !see(place.key(), place.value(stored)) {
                return Ok(false);
            }
        } else if end.is_some_and(|end| place.key() >= end) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn down(
    path: &Path,
    bound: &Guard,
    stored: &Guard,
    is_within: impl Fn(&[u8]) -> bool,
    see: &mut impl FnMut(&[u8], &[u8]) -> bool,
) -> Result<bool, Failure> {
    let stored = stored.value();
    let mut place = begin(path, bound.value(), stored)?;
    let mut found = Vec::new();
    while step(path, &mut place, stored)? {
        if is_within(place.key()) {
            found.push((place.key().to_vec(), place.value(stored)));
        }
    }
    Ok(found.into_iter().rev().all(|(key, value)| see(&key, value)))
}

fn begin(path: &Path, bound: &[u8], stored: &[u8]) -> Result<Place, Failure> {
    Place::before_all(bound, stored).ok_or_else(|| {
        let reason =
            format!("what is stored from {} on does not agree with its checksum", bound.escape_ascii());
        damaged(path, &reason).into()
    })
}

fn step(path: &Path, place: &mut Place, stored: &[u8]) -> Result<bool, Failure> {
    place.advance(stored).ok_or_else(|| {
        let reason = format!("what is stored behind {} makes no sense", place.key().escape_ascii());
        damaged(path, &reason).into()
    })
}

#[cfg(test)]
mod tests;
