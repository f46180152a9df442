use mainspring::*;

pub struct Jobs;

impl Jobs {
    #[query]
    pub async fn one(ctx: &QueryCtx) {
        let _ = ctx;
    }
}

fn main() {}
