//! Tables that look like mistakes and are none.

use mainspring::*;

/// A field with an index's name, a raw name, options of serde.
#[table(name = "jobs")]
#[index(data(data))]
#[index(r#type(r#type, data))]
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

/// Conditional.
#[table(name = "old_jobs")]
#[cfg(not(windows))]
pub(crate) struct OldJob {
    data: String,
}
