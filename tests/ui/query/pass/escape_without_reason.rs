use mainspring::*;

/// The escape, with its reason.
#[query(allow_nondeterminism = "shown to people only")]
async fn allows_a_clock(_ctx: &QueryCtx) -> bool {
    std::time::SystemTime::now().elapsed().is_ok()
}
