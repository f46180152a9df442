//! Owns the content of one file: what is read, what a power cut surely leaves, and the changes between.

use std::collections::BTreeMap;
use std::io;

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

#[derive(Clone, Debug, Default)]
pub(super) struct Content {
    now: Vec<u8>,
    synced: Vec<u8>,
    /// Since the last sync, in order.
    changes: Vec<Change>,
    locked: bool,
}

#[derive(Clone, Debug)]
enum Change {
    Write { start: usize, bytes: Vec<u8> },
    Length(usize),
}

/// How much of a file's unsynced changes a power cut leaves.
#[derive(Clone, Copy, Debug)]
pub(super) enum Left {
    Everything,
    Nothing,
    /// The first so many in permille, and of the one after, some sectors.
    Beginning(u32),
    /// Of each sector, any of its states; of the length as well.
    AnySectors,
}

impl Content {
    pub(super) fn synced(bytes: Vec<u8>) -> Self {
        Self { synced: bytes.clone(), now: bytes, ..Self::default() }
    }

    /// The same content, which nobody has locked.
    pub(super) fn unlocked(&self) -> Self {
        Self { locked: false, ..self.clone() }
    }

    pub(super) fn now(&self) -> &[u8] {
        &self.now
    }

    pub(super) fn read(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        let start = position(offset);
        let bytes = self.now.get(start..start + buffer.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        buffer.copy_from_slice(bytes);
        Ok(())
    }

    pub(super) fn write(&mut self, offset: u64, bytes: &[u8]) {
        self.change(Change::Write { start: position(offset), bytes: bytes.to_vec() });
    }

    pub(super) fn set_len(&mut self, bytes: u64) {
        self.change(Change::Length(position(bytes)));
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.now);
        self.changes.push(change);
    }

    pub(super) fn sync(&mut self) {
        self.changes.drain(..).for_each(|change| change.apply(&mut self.synced));
    }

    pub(super) fn lose_every_other_write(&mut self) {
        let mut number = 0;
        self.changes.retain(|change| {
            number += 1;
            number % 2 == 0 || matches!(change, Change::Length(_))
        });
    }

    pub(super) fn lock(&mut self) -> bool {
        !std::mem::replace(&mut self.locked, true)
    }

    pub(super) fn unlock(&mut self) {
        self.locked = false;
    }

    /// What is on the disk when so much of the changes got there.
    pub(super) fn after(&self, left: Left, random: &mut fastrand::Rng) -> Vec<u8> {
        match left {
            Left::Everything => self.now.clone(),
            Left::Nothing => self.synced.clone(),
            Left::Beginning(permille) => {
                let whole = self.changes.len() * permille as usize / 1000;
                let mut bytes = self.synced.clone();
                self.changes[..whole].iter().for_each(|change| change.apply(&mut bytes));
                match self.changes.get(whole) {
                    Some(torn) => with_any_sectors(bytes, std::slice::from_ref(torn), random),
                    None => bytes,
                }
            }
            Left::AnySectors => with_any_sectors(self.synced.clone(), &self.changes, random),
        }
    }
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Write { start, bytes: written } => {
                let end = start + written.len();
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                bytes[*start..end].copy_from_slice(written);
            }
            Self::Length(length) => bytes.resize(*length, 0),
        }
    }
}

/// Each sector as it was after some of the changes, the length as it was after some of them.
fn with_any_sectors(synced: Vec<u8>, changes: &[Change], random: &mut fastrand::Rng) -> Vec<u8> {
    let (mut lengths, mut now) = (vec![synced.len()], synced.clone());
    let mut states = BTreeMap::<usize, Vec<[u8; SECTOR]>>::new();
    let sector = |bytes: &[u8], number: usize| {
        let mut sector = [0; SECTOR];
        let from = (number * SECTOR).min(bytes.len());
        let found = &bytes[from..bytes.len().min(from + SECTOR)];
        sector[..found.len()].copy_from_slice(found);
        sector
    };
    for change in changes {
        let before = now.len();
        change.apply(&mut now);
        lengths.push(now.len());
        let touched = match change {
            Change::Write { start, bytes } if bytes.is_empty() => *start..*start,
            Change::Write { start, bytes } => *start..start + bytes.len(),
            Change::Length(length) => (*length).min(before)..before,
        };
        for number in touched.start / SECTOR..touched.end.div_ceil(SECTOR) {
            let states = states.entry(number).or_insert_with(|| vec![sector(&synced, number)]);
            states.push(sector(&now, number));
        }
    }
    let mut left = synced;
    let longest = lengths.iter().copied().max().unwrap_or_default();
    left.resize(longest.max(left.len()), 0);
    for (number, states) in states {
        let state = states[random.usize(..states.len())];
        let from = (number * SECTOR).min(left.len());
        let until = left.len().min(from + SECTOR);
        left[from..until].copy_from_slice(&state[..until - from]);
    }
    left.truncate(lengths[random.usize(..lengths.len())]);
    left
}

fn position(offset: u64) -> usize {
    usize::try_from(offset).expect("files of tests are small")
}
