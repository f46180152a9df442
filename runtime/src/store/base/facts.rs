//! Owns what a checkpoint says of itself, as a few named byte strings.
//!
//! Invariant: reading answers or names what is wrong; it never guesses a missing fact.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use redb::{ReadableTable, Table};

use super::{FORMAT, Failure, damaged};
use crate::error::StoreError;
use crate::store::IndexNumber;

/// What is true of one checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Everything up to this commit is in the base.
    pub(crate) ts: u64,
    /// The first log segment that may hold something later.
    pub(crate) first_segment: u64,
    /// Indexes that were ever dropped.
    pub(crate) dropped: BTreeSet<IndexNumber>,
    /// Those of them whose entries are still to be removed.
    pub(crate) purging: BTreeSet<IndexNumber>,
    /// How many entries each index has in the base, and their bytes.
    pub(crate) sizes: BTreeMap<IndexNumber, Size>,
}

/// How large an index is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Size {
    pub(crate) entries: u64,
    pub(crate) bytes: u64,
}

impl Default for Facts {
    fn default() -> Self {
        Self {
            ts: 0,
            first_segment: 1,
            dropped: BTreeSet::new(),
            purging: BTreeSet::new(),
            sizes: BTreeMap::new(),
        }
    }
}

pub(super) fn read(
    path: &Path,
    table: &impl ReadableTable<&'static str, &'static [u8]>,
) -> Result<Facts, Failure> {
    parse(path, |name| Ok(table.get(name)?.map(|found| found.value().to_vec())))
}

/// As [`read`], from wherever the byte strings are.
pub(super) fn parse(
    path: &Path,
    get: impl Fn(&'static str) -> Result<Option<Vec<u8>>, Failure>,
) -> Result<Facts, Failure> {
    let bytes = |name: &'static str| -> Result<Vec<u8>, Failure> {
        Ok(get(name)?.ok_or_else(|| damaged(path, &format!("it does not say its {name}")))?)
    };
    let broken =
        |name: &str| -> Failure { damaged(path, &format!("what it says of its {name} has no sense")).into() };
    let format = bytes("format")?.try_into().map(u32::from_le_bytes).map_err(|_| broken("format"))?;
    if format > FORMAT {
        return Err(StoreError::NewerFormat { file: path.into(), found: format, supported: FORMAT }.into());
    }
    if format < FORMAT {
        return Err(StoreError::OlderFormat { file: path.into(), found: format, supported: FORMAT }.into());
    }
    let number = |name| -> Result<u64, Failure> {
        bytes(name)?.try_into().map(u64::from_le_bytes).map_err(|_| broken(name))
    };
    let list = |name| -> Result<BTreeSet<IndexNumber>, Failure> {
        let bytes = bytes(name)?;
        let (numbers, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(broken(name));
        }
        Ok(numbers.iter().map(|number| IndexNumber(u32::from_le_bytes(*number))).collect())
    };
    let sizes = bytes("sizes")?;
    let (sizes, rest) = sizes.as_chunks::<20>();
    if !rest.is_empty() {
        return Err(broken("sizes"));
    }
    let size = |row: &[u8; 20]| {
        let field = |at: usize| row[at..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes));
        let index = row.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        (IndexNumber(index), Size { entries: field(4), bytes: field(12) })
    };
    Ok(Facts {
        ts: number("timestamp")?,
        first_segment: number("first segment")?,
        dropped: list("dropped")?,
        purging: list("purging")?,
        sizes: sizes.iter().map(size).collect(),
    })
}

pub(super) fn write(
    facts: &Facts,
    table: &mut Table<'_, &'static str, &'static [u8]>,
) -> Result<(), Failure> {
    for (name, bytes) in fields(facts) {
        table.insert(name, &*bytes)?;
    }
    Ok(())
}

/// The byte strings and their names.
pub(super) fn fields(facts: &Facts) -> [(&'static str, Vec<u8>); 6] {
    let list = |numbers: &BTreeSet<IndexNumber>| -> Vec<u8> {
        numbers.iter().flat_map(|number| number.0.to_le_bytes()).collect()
    };
    let mut sizes = Vec::with_capacity(20 * facts.sizes.len());
    for (index, size) in &facts.sizes {
        sizes.extend(index.0.to_le_bytes());
        sizes.extend(size.entries.to_le_bytes());
        sizes.extend(size.bytes.to_le_bytes());
    }
    [
        ("format", FORMAT.to_le_bytes().to_vec()),
        ("timestamp", facts.ts.to_le_bytes().to_vec()),
        ("first segment", facts.first_segment.to_le_bytes().to_vec()),
        ("dropped", list(&facts.dropped)),
        ("purging", list(&facts.purging)),
        ("sizes", sizes),
    ]
}
