use mainspring::*;

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
