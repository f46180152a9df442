//! The ids in a stored value, found without its type.
//!
//! Invariant: a hint and no reading; where the bytes are damaged it ends early.

use super::{Reader, tag};
use crate::value::{DocumentId, TableNumber};

/// The ids among the fields of a stored object, not those further inside.
pub(crate) fn ids(bytes: &[u8]) -> impl Iterator<Item = (TableNumber, DocumentId)> {
    let mut fields = Reader::new(bytes).ok().filter(|reader| matches!(reader.peek(), Ok(tag::OBJECT)));
    if let Some(reader) = &mut fields {
        // The tag, which is there.
        let _ = reader.byte();
    }
    std::iter::from_fn(move || next_id(fields.as_mut()?))
}

fn next_id(reader: &mut Reader<'_>) -> Option<(TableNumber, DocumentId)> {
    while reader.next_field().ok()?.is_some() {
        if reader.peek().ok()? == tag::ID {
            reader.byte().ok()?;
            return reader.id().ok();
        }
        reader.skip().ok()?;
    }
    None
}
