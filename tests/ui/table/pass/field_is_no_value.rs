use mainspring::*;

/// A raw name, options of serde.
#[table(name = "jobs")]
#[derive(Clone, Debug)]
pub(crate) struct Job {
    data: String,
    r#type: u32,
    #[serde(default)]
    result: Option<String>,
    #[serde(skip)]
    cache: Cache,
}

/// No value: serde is told to leave it out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cache;
