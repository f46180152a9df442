//! Owns the two byte strings the store keeps: [`Payload`] (a document) and [`Key`] (an index entry).
//! Both are one cache line or less to move, and clone without copying when they are long.
//!
//! Invariant: two values are equal, ordered and hashed as the byte slices they dereference to; whether
//! the bytes are inline or shared is never visible.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

use crate::value::DocumentId;

/// Most bytes kept in place, chosen so that the whole value takes 48 bytes and a document slot 64.
pub(super) const INLINE_BYTES: usize = 46;

#[derive(Clone)]
enum SmallBytes {
    Inline { length: u8, bytes: [u8; INLINE_BYTES] },
    Shared(Arc<[u8]>),
}

impl SmallBytes {
    fn new(source: &[u8]) -> Self {
        match u8::try_from(source.len()) {
            Ok(length) if source.len() <= INLINE_BYTES => {
                let mut bytes = [0; INLINE_BYTES];
                bytes[..source.len()].copy_from_slice(source);
                Self::Inline { length, bytes }
            }
            _ => Self::Shared(source.into()),
        }
    }

    fn as_slice(&self) -> &[u8] {
        match self {
            Self::Inline { length, bytes } => &bytes[..usize::from(*length)],
            Self::Shared(bytes) => bytes,
        }
    }
}

macro_rules! byte_string {
    ($(#[$documentation:meta])* $name:ident) => {
        $(#[$documentation])*
        #[derive(Clone)]
        pub(crate) struct $name(SmallBytes);

        impl $name {
            /// Copies the bytes.
            pub(crate) fn new(bytes: &[u8]) -> Self {
                Self(SmallBytes::new(bytes))
            }

            /// What it takes beside its 48 bytes in place.
            pub(super) fn heap_bytes(&self) -> usize {
                match &self.0 {
                    SmallBytes::Inline { .. } => 0,
                    // Two counts, and what an allocator adds.
                    SmallBytes::Shared(bytes) => bytes.len() + 32,
                }
            }
        }

        impl Deref for $name {
            type Target = [u8];

            fn deref(&self) -> &[u8] {
                self.0.as_slice()
            }
        }

        impl AsRef<[u8]> for $name {
            fn as_ref(&self) -> &[u8] {
                self
            }
        }

        impl Borrow<[u8]> for $name {
            fn borrow(&self) -> &[u8] {
                self
            }
        }

        impl From<&[u8]> for $name {
            fn from(bytes: &[u8]) -> Self {
                Self::new(bytes)
            }
        }

        impl From<Vec<u8>> for $name {
            fn from(bytes: Vec<u8>) -> Self {
                if bytes.len() <= INLINE_BYTES { Self::new(&bytes) } else { Self(SmallBytes::Shared(bytes.into())) }
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::new(&[])
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                **self == **other
            }
        }

        impl Eq for $name {}

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                (**self).cmp(&**other)
            }
        }

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                (**self).hash(state);
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.escape_ascii())
            }
        }
    };
}

byte_string! {
    /// The encoded bytes of one document. Up to [`INLINE_BYTES`] are kept in place.
    Payload
}

byte_string! {
    /// One entry of an index: bytes that order as the indexed values do, then the 16 bytes of the document's id.
    Key
}

impl Key {
    /// The id in the last 16 bytes; `None` when the key is shorter, which no entry of an index is.
    pub(crate) fn document(&self) -> Option<DocumentId> {
        self.last_chunk::<16>().copied().map(DocumentId)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_48_bytes_with_and_without_option() {
        assert_eq!(size_of::<Payload>(), 48);
        assert_eq!(size_of::<Option<Payload>>(), 48);
    }

    #[test]
    fn keeps_any_length() {
        for length in [0, 1, 45, 46, 47, 255, 256, 300, 70_000] {
            let bytes: Vec<u8> = (0..length).map(|i| u8::try_from(i % 251).unwrap()).collect();
            assert_eq!(&*Payload::new(&bytes), &bytes[..]);
            assert_eq!(&*Payload::from(bytes.clone()), &bytes[..]);
        }
    }

    #[test]
    fn orders_as_the_bytes_do() {
        let short = Key::new(&[9; 46]);
        let long = Key::new(&[9; 47]);
        assert!(short < long && Key::new(&[8; 100]) < short);
    }

    #[test]
    fn a_key_ends_with_the_document() {
        let mut bytes = b"field".to_vec();
        bytes.extend([7; 16]);
        assert_eq!(Key::new(&bytes).document(), Some(DocumentId([7; 16])));
        assert_eq!(Key::new(b"short").document(), None);
    }
}
