use mainspring::*;

/// Conditional.
#[table(name = "old_jobs")]
#[cfg(not(windows))]
pub(crate) struct OldJob {
    data: String,
}
