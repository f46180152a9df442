//! What must hold of any bytes where the base has values, or says what is true of it.

use std::collections::BTreeMap;
use std::path::Path;

use super::leaf::{Leaf, Place};
use super::{Failure, facts};
use crate::error::StoreError;

/// The names of the facts, in the order in which a test's bytes have them.
const NAMES: [&str; 6] = ["format", "timestamp", "first segment", "dropped", "purging", "sizes"];

/// Panics when the bytes break a promise.
pub(crate) fn any_bytes(bytes: &[u8]) {
    any_leaf(bytes);
    let (bound, rest) = bytes.split_at(bytes.len().min(20));
    // Bytes that make no sense, with a checksum that is right.
    let mut leaf = Leaf::of_any(bound, rest);
    let (bound, stored) = leaf.seal();
    if let Some(mut place) = Place::before_all(bound, stored) {
        while place.advance(stored) == Some(true) {
            assert!(place.key().len() + place.value(stored).len() <= bound.len() + 2 * stored.len());
        }
    }
    let mut changed = stored.to_vec();
    let at = bytes.iter().fold(0, |sum, byte| sum + usize::from(*byte)) % changed.len();
    changed[at] ^= 1 << (at % 8);
    assert!(Place::before_all(bound, &changed).is_none(), "a bit that has changed is noticed");
    any_facts(bytes);
}

/// Keys and values that the bytes name, in order, come back.
fn any_leaf(bytes: &[u8]) {
    let keys: BTreeMap<&[u8], &[u8]> =
        bytes.chunks(9).map(|chunk| chunk.split_at(chunk.len() * 2 / 3)).collect();
    let Some(first) = keys.keys().next() else { return };
    let mut leaf = Leaf::new(first.to_vec());
    let kept: Vec<_> = keys.iter().take_while(|(key, value)| leaf.push(key, value)).collect();
    let (bound, stored) = leaf.seal();
    let mut place = Place::before_all(bound, stored).expect("what was sealed is whole");
    for (key, value) in &kept {
        assert_eq!(place.advance(stored), Some(true));
        assert_eq!((place.key(), place.value(stored)), (**key, **value));
    }
    assert_eq!(place.advance(stored), Some(false));
}

/// Each fact is a byte of length and so many bytes; those that are missing are not there.
fn any_facts(mut bytes: &[u8]) {
    let mut fields = BTreeMap::new();
    for name in NAMES {
        let Some((length, rest)) = bytes.split_first() else { break };
        let (field, rest) = rest.split_at(rest.len().min(usize::from(*length)));
        fields.insert(name, field.to_vec());
        bytes = rest;
    }
    match facts::parse(Path::new("base"), |name| Ok(fields.get(name).cloned())) {
        Ok(found) => {
            let written = facts::fields(&found).into_iter().collect::<BTreeMap<_, _>>();
            let again = facts::parse(Path::new("base"), |name| Ok(written.get(name).cloned()));
            assert!(again.is_ok_and(|again| again == found), "what was written can be read");
            for name in ["timestamp", "first segment"] {
                assert_eq!(written[name], fields[name], "nothing is guessed");
            }
        }
        Err(Failure::Store(StoreError::BaseDamaged { reason, .. })) => assert!(!reason.is_empty()),
        Err(Failure::Store(StoreError::NewerFormat { found, supported, .. })) => assert!(found > supported),
        Err(Failure::Store(StoreError::OlderFormat { found, supported, .. })) => assert!(found < supported),
        Err(Failure::Store(other)) => panic!("facts are damaged, newer or whole: {other}"),
        Err(Failure::Library(other)) => panic!("the library was not asked: {other}"),
    }
}
