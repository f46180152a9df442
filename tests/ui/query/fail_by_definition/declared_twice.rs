mod functions {
    use mainspring::*;

    #[query]
    pub async fn one(_ctx: &QueryCtx) -> u32 {
        1
    }

    /// Copied.
    #[query]
    pub async fn one(_ctx: &QueryCtx, by: u32) -> u32 {
        by
    }
}

fn main() {}
