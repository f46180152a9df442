mod functions {
    use mainspring::*;

    #[action]
    pub async fn one(_ctx: &ActionCtx) -> u32 {
        1
    }

    /// Copied.
    #[action]
    pub async fn one(_ctx: &ActionCtx, by: u32) -> u32 {
        by
    }
}

fn main() {}
