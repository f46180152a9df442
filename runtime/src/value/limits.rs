//! How large a value may be.
//!
//! Owns [`Limits`] and the meter that every encoder runs while it writes. Sizes follow one formula, whatever form is
//! written: null, boolean 1; numbers and times 9; text and bytes their length + 2; an array 2 and its elements; an
//! object 2 and, for each field, its name's length + 1 and its value.

use super::error::{EncodeError, EncodeErrorKind};

/// The limits that a value must keep to be encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest size in bytes, by the formula of this module.
    pub size: usize,
    /// How deep arrays and objects may nest; a lone object has 1.
    pub nesting: u32,
    /// Most elements of one array.
    pub elements: usize,
    /// Most fields of one object.
    pub fields: usize,
    /// Whether the outermost object will also have `_id` and `_creationTime`: then they count as part of it, and
    /// no other name in it may start with `_`.
    pub system_fields: bool,
}

impl Limits {
    /// Limits of a document of a table: 1 MiB, nesting 16, 8192 elements, 1024 fields.
    pub const DOCUMENT: Self =
        Self { size: 1 << 20, nesting: 16, elements: 8192, fields: 1024, system_fields: true };

    /// Limits of arguments and results: 16 MiB, nesting 64, 8192 elements, 1024 fields.
    pub const VALUE: Self =
        Self { size: 16 << 20, nesting: 64, elements: 8192, fields: 1024, system_fields: false };
}

/// Size of `_id` (a text of 32 characters) and `_creationTime` (a number) in a document.
const SYSTEM_FIELDS_SIZE: usize = (3 + 1 + 32 + 2) + (13 + 1 + 9);

/// Number of the system fields.
const SYSTEM_FIELDS: usize = 2;

/// Longest field name in characters.
pub(crate) const NAME_LENGTH: usize = 1024;

/// Runs along with an encoder, counting.
pub(crate) struct Meter<'l> {
    limits: &'l Limits,
    size: usize,
    depth: u32,
}

impl<'l> Meter<'l> {
    pub(crate) fn new(limits: &'l Limits) -> Self {
        let size = if limits.system_fields { SYSTEM_FIELDS_SIZE } else { 0 };
        Self { limits, size, depth: 0 }
    }

    /// The size of what was written.
    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// Counts `bytes` more.
    #[inline]
    pub(crate) fn add(&mut self, bytes: usize) -> Result<(), EncodeError> {
        self.size = self.size.saturating_add(bytes);
        if self.size > self.limits.size { Err(self.too_large()) } else { Ok(()) }
    }

    /// An array or object begins.
    #[inline]
    pub(crate) fn enter(&mut self) -> Result<(), EncodeError> {
        self.depth += 1;
        if self.depth > self.limits.nesting { Err(self.too_deep()) } else { self.add(2) }
    }

    /// The innermost array or object ends.
    #[inline]
    pub(crate) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// An element comes after `before` others.
    #[inline]
    pub(crate) fn element(&self, before: usize) -> Result<(), EncodeError> {
        if before >= self.limits.elements { Err(self.too_many_elements()) } else { Ok(()) }
    }

    /// A field comes after `before` others.
    #[inline]
    pub(crate) fn field(&mut self, name: &str, before: usize) -> Result<(), EncodeError> {
        if before >= self.limits.fields
            || (self.limits.system_fields && self.depth == 1 && self.refuses_outermost(name, before))
        {
            return Err(self.bad_field(name));
        }
        if !is_field_name(name) {
            return Err(bad_name(name));
        }
        self.add(name.len() + 1)
    }

    fn refuses_outermost(&self, name: &str, before: usize) -> bool {
        before + SYSTEM_FIELDS >= self.limits.fields || name.starts_with('_')
    }

    #[cold]
    fn too_large(&self) -> EncodeError {
        let reason = format!("the value is larger than {} bytes", self.limits.size);
        EncodeError::new(EncodeErrorKind::TooLarge, reason)
    }

    #[cold]
    fn too_deep(&self) -> EncodeError {
        let reason = format!("arrays and objects nest deeper than {}", self.limits.nesting);
        EncodeError::new(EncodeErrorKind::TooDeep, reason)
    }

    #[cold]
    fn too_many_elements(&self) -> EncodeError {
        let reason = format!("the array has more than {} elements", self.limits.elements);
        EncodeError::new(EncodeErrorKind::TooManyElements, reason)
    }

    #[cold]
    fn bad_field(&self, name: &str) -> EncodeError {
        if self.limits.system_fields && self.depth == 1 && name.starts_with('_') {
            let reason = format!("field name `{name}` starts with `_`, which only system fields may");
            return EncodeError::new(EncodeErrorKind::FieldName, reason);
        }
        let reason = format!("the object has more than {} fields", self.limits.fields);
        EncodeError::new(EncodeErrorKind::TooManyFields, reason)
    }
}

/// Whether an object may have a field of this name.
#[inline]
pub(crate) fn is_field_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    bytes.first() != Some(&b'$')
        && bytes.len() <= NAME_LENGTH
        && bytes.iter().all(|byte| (b' '..0x7f).contains(byte))
}

#[cold]
fn bad_name(name: &str) -> EncodeError {
    EncodeError::new(EncodeErrorKind::FieldName, name_rule(name))
}

/// Says what is wrong with a field name.
#[cold]
pub(crate) fn name_rule(name: &str) -> String {
    if name.starts_with('$') {
        format!("field name {name:?} starts with `$`, which is reserved")
    } else if name.len() > NAME_LENGTH {
        format!("a field name of {} bytes is longer than {NAME_LENGTH}", name.len())
    } else {
        format!("field name {name:?} has a character that is not printable ASCII")
    }
}
