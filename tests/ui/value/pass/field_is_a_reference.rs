use mainspring::*;

/// Travels as another type, so its fields are its own business.
#[value]
#[derive(Clone)]
#[serde(from = "String", into = "String")]
#[schemars(with = "String")]
pub(crate) struct Pattern(Parts);

impl From<String> for Pattern {
    fn from(_: String) -> Self {
        Self(Parts(Vec::new()))
    }
}

#[derive(Clone)]
struct Parts(Vec<&'static str>);

impl From<Pattern> for String {
    fn from(pattern: Pattern) -> Self {
        pattern.0.0.concat()
    }
}
