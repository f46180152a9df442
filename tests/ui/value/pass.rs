//! Values that look like mistakes and are none.

use std::collections::BTreeMap;

use mainspring::*;

/// A type of the user's own with the name of an untyped one.
#[value]
pub(crate) struct Value {
    text: String,
}

#[value]
pub(crate) struct Nested {
    values: BTreeMap<String, Vec<Option<Value>>>,
    this: Option<Box<Self>>,
}

/// Every shape.
#[value]
#[derive(Clone, Copy, PartialEq)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum Shape {
    Nothing,
    Circle { radius: f64 },
    Square(Side),
}

#[value]
#[derive(Clone, Copy, PartialEq)]
pub(crate) struct Side {
    length: f64,
}

/// Travels as another type, so its fields are its own business.
#[value]
#[derive(Clone)]
#[serde(from = "String", into = "String")]
#[schemars(with = "String")]
pub(crate) struct Pattern(Parts);

#[derive(Clone)]
struct Parts(Vec<&'static str>);

impl From<String> for Pattern {
    fn from(_: String) -> Self {
        Self(Parts(Vec::new()))
    }
}

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.0.0.concat()
    }
}
