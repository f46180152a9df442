use mainspring::*;

/// A type of the user's own with the name of an untyped one.
#[value]
pub(crate) struct Value {
    text: String,
}

#[value]
pub(crate) struct Nested {
    values: std::collections::BTreeMap<String, Vec<Option<Value>>>,
    this: Option<Box<Self>>,
}
