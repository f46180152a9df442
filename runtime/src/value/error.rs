//! The errors of encoding and decoding values.
//!
//! Owns [`EncodeError`] and [`DecodeError`]: a kind with a stable tag, a reason in words and the path to the part
//! that is wrong. Both are one pointer wide, so that results stay small on the paths that succeed.

use std::fmt;

use super::path::{Path, Segment};

/// A value could not be encoded.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub struct EncodeError(Box<Failure<EncodeErrorKind>>);

/// A text or bytes could not be decoded as the expected type.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DecodeError(Box<Failure<DecodeErrorKind>>);

/// What kind of thing is wrong with a value to encode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EncodeErrorKind {
    /// The value is larger than [`Limits::size`](super::Limits::size).
    TooLarge,
    /// Arrays and objects are nested deeper than [`Limits::nesting`](super::Limits::nesting).
    TooDeep,
    /// An array is longer than [`Limits::elements`](super::Limits::elements).
    TooManyElements,
    /// An object has more fields than [`Limits::fields`](super::Limits::fields).
    TooManyFields,
    /// An integer does not fit 64 bits with sign.
    OutOfRange,
    /// A field name is not allowed.
    FieldName,
    /// A map key is neither text nor an id.
    MapKey,
    /// The type's own `Serialize` refused or broke the rules of serde.
    Custom,
}

impl EncodeErrorKind {
    /// A name for logs and metrics; it never changes.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::TooLarge => "too_large",
            Self::TooDeep => "too_deep",
            Self::TooManyElements => "too_many_elements",
            Self::TooManyFields => "too_many_fields",
            Self::OutOfRange => "out_of_range",
            Self::FieldName => "field_name",
            Self::MapKey => "map_key",
            Self::Custom => "custom",
        }
    }
}

/// What kind of thing is wrong with a text or bytes to decode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// The text is not JSON.
    Syntax,
    /// The bytes are not a stored value: cut off, damaged, or of another version.
    Malformed,
    /// A value of another type was expected.
    WrongType,
    /// A number, time or other value of the right type lies outside of what is allowed.
    OutOfRange,
    /// A field without which the value is incomplete.
    MissingField,
    /// A field that the type does not have.
    UnknownField,
    /// A field stands twice in an object.
    DuplicateField,
    /// A field name is not allowed, or an object is of a form that starts with `$` and is not known.
    FieldName,
    /// No variant of the enum has this name.
    UnknownVariant,
    /// An array has another number of elements than the type.
    WrongLength,
    /// A text is not an id.
    InvalidId,
    /// An id belongs to another table.
    WrongTable,
    /// Arrays and objects are nested too deep.
    TooDeep,
    /// An array or object has too many parts, or the whole is too large.
    TooLarge,
    /// The type's own `Deserialize` refused.
    Custom,
}

impl DecodeErrorKind {
    /// A name for logs and metrics; it never changes.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::Malformed => "malformed",
            Self::WrongType => "wrong_type",
            Self::OutOfRange => "out_of_range",
            Self::MissingField => "missing_field",
            Self::UnknownField => "unknown_field",
            Self::DuplicateField => "duplicate_field",
            Self::FieldName => "field_name",
            Self::UnknownVariant => "unknown_variant",
            Self::WrongLength => "wrong_length",
            Self::InvalidId => "invalid_id",
            Self::WrongTable => "wrong_table",
            Self::TooDeep => "too_deep",
            Self::TooLarge => "too_large",
            Self::Custom => "custom",
        }
    }
}

#[derive(Clone, Debug)]
struct Failure<K> {
    path: Path,
    kind: K,
    reason: String,
}

impl<K> fmt::Display for Failure<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.reason)
    }
}

/// What both errors can do.
macro_rules! error_methods {
    ($error:ident, $kind:ident) => {
        impl $error {
            #[cold]
            pub(crate) fn new(kind: $kind, reason: impl Into<String>) -> Self {
                Self(Box::new(Failure { path: Path::default(), kind, reason: reason.into() }))
            }

            /// What kind of thing is wrong.
            pub fn kind(&self) -> $kind {
                self.0.kind
            }

            /// Where it is wrong, such as `items[3].price`; empty for the whole value.
            pub fn path(&self) -> String {
                self.0.path.to_string()
            }

            /// What is wrong, without the path.
            pub fn reason(&self) -> &str {
                &self.0.reason
            }

            /// Puts a name for the whole value before the path, such as `args`.
            pub fn within(self, root: &str) -> Self {
                self.in_field(root)
            }

            #[cold]
            pub(crate) fn in_field(mut self, name: &str) -> Self {
                self.0.path.push_outer(Segment::Field(name.into()));
                self
            }

            #[cold]
            pub(crate) fn in_index(mut self, index: usize) -> Self {
                self.0.path.push_outer(Segment::Index(index));
                self
            }
        }
    };
}

error_methods!(EncodeError, EncodeErrorKind);
error_methods!(DecodeError, DecodeErrorKind);

impl DecodeError {
    /// The value has another type than expected; both as phrases such as `a number`.
    #[cold]
    pub(crate) fn mismatch(expected: impl fmt::Display, found: impl fmt::Display) -> Self {
        Self::new(DecodeErrorKind::WrongType, format!("expected {expected}, found {found}"))
    }

    /// The same error as another kind.
    pub(crate) fn of_kind(mut self, kind: DecodeErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// Takes the outermost array step off the path, when the array is only packaging.
    pub(crate) fn outside_array(mut self) -> Self {
        self.0.path.pop_outer_index();
        self
    }
}

impl serde::ser::Error for EncodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(EncodeErrorKind::Custom, message.to_string())
    }
}

impl serde::de::Error for DecodeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(DecodeErrorKind::Custom, message.to_string())
    }

    fn invalid_type(found: serde::de::Unexpected<'_>, expected: &dyn serde::de::Expected) -> Self {
        Self::mismatch(expected, type_of(&found))
    }

    fn invalid_value(found: serde::de::Unexpected<'_>, expected: &dyn serde::de::Expected) -> Self {
        Self::new(DecodeErrorKind::OutOfRange, format!("expected {expected}, found {found}"))
    }

    fn invalid_length(length: usize, expected: &dyn serde::de::Expected) -> Self {
        Self::new(DecodeErrorKind::WrongLength, format!("expected {expected}, found {length} elements"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let reason = format!("expected {}, found `{variant}`", OneOf(expected));
        Self::new(DecodeErrorKind::UnknownVariant, reason)
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let reason = format!("unknown field, expected {}", OneOf(expected));
        Self::new(DecodeErrorKind::UnknownField, reason).in_field(field)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(DecodeErrorKind::MissingField, "this field is missing").in_field(field)
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(DecodeErrorKind::DuplicateField, "this field is given twice").in_field(field)
    }
}

/// A list of names in words.
struct OneOf(&'static [&'static str]);

impl fmt::Display for OneOf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => f.write_str("none"),
            [one] => write!(f, "`{one}`"),
            [first, rest @ ..] => {
                write!(f, "one of `{first}`")?;
                rest.iter().try_for_each(|name| write!(f, ", `{name}`"))
            }
        }
    }
}

/// The phrase for the type of what serde found.
fn type_of<'a>(found: &serde::de::Unexpected<'a>) -> &'a str {
    use serde::de::Unexpected as U;
    match *found {
        U::Bool(_) => "a boolean",
        U::Unsigned(_) | U::Signed(_) | U::Float(_) => "a number",
        U::Char(_) | U::Str(_) => "a string",
        U::Bytes(_) => "bytes",
        U::Unit | U::Option => "null",
        U::NewtypeStruct | U::Map | U::StructVariant => "an object",
        U::Seq | U::TupleVariant => "an array",
        U::Enum | U::UnitVariant | U::NewtypeVariant => "a variant",
        U::Other(other) => other,
    }
}

#[cfg(test)]
mod tests {
    use serde::de::Error as _;

    use super::*;

    #[test]
    fn names_path_expectation_and_finding() {
        let error =
            DecodeError::mismatch("a number", "a string").in_field("price").in_index(3).in_field("items");
        assert_eq!(error.path(), "items[3].price");
        assert_eq!(error.kind().tag(), "wrong_type");
        assert_eq!(
            error.within("args").to_string(),
            "args.items[3].price: expected a number, found a string"
        );
    }

    #[test]
    fn is_one_pointer_wide() {
        assert_eq!(size_of::<Result<(), DecodeError>>(), size_of::<usize>());
        assert_eq!(size_of::<Result<(), EncodeError>>(), size_of::<usize>());
    }

    #[test]
    fn serde_constructors_fill_the_path() {
        assert_eq!(DecodeError::missing_field("a").to_string(), "a: this field is missing");
        let error = DecodeError::unknown_field("c", &["a", "b"]);
        assert_eq!(error.to_string(), "c: unknown field, expected one of `a`, `b`");
        assert_eq!(DecodeError::unknown_variant("x", &["A"]).to_string(), "expected `A`, found `x`");
    }
}
