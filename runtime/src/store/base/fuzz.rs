//! What must hold of any bytes where the base has values, or says what is true of it.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Failure, facts, seal, unsealed};
use crate::error::StoreError;

/// The names of the facts, in the order in which a test's bytes have them.
const NAMES: [&str; 6] = ["format", "timestamp", "first segment", "dropped", "purging", "sizes"];

/// Panics when the bytes break a promise.
pub(crate) fn any_bytes(bytes: &[u8]) {
    let key = bytes.get(..20).unwrap_or(bytes);
    if let Some(value) = unsealed(key, bytes) {
        let mut again = Vec::new();
        seal(key, value, &mut again);
        assert_eq!(again, bytes, "a value has one form");
    }
    let mut sealed = Vec::new();
    seal(key, bytes, &mut sealed);
    assert_eq!(unsealed(key, &sealed), Some(bytes));
    let at = bytes.iter().fold(0, |sum, byte| sum + usize::from(*byte)) % sealed.len();
    sealed[at] ^= 1 << (at % 8);
    assert_eq!(unsealed(key, &sealed), None, "a bit that has changed is noticed");
    any_facts(bytes);
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
        Err(Failure::Store(other)) => panic!("facts are damaged, newer or whole: {other}"),
        Err(Failure::Library(other)) => panic!("the library was not asked: {other}"),
    }
}
