use mainspring::*;

pub struct Jobs;

impl Jobs {
    #[action]
    pub async fn one(ctx: &ActionCtx) {
        let _ = ctx;
    }
}

fn main() {}
