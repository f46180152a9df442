mod functions {
    use mainspring::*;

    #[mutation]
    pub async fn one(_ctx: &MutationCtx) -> u32 {
        1
    }

    /// Copied.
    #[mutation]
    pub async fn one(_ctx: &MutationCtx, by: u32) -> u32 {
        by
    }
}

fn main() {}
