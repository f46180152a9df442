use mainspring::*;

pub struct Jobs;

impl Jobs {
    #[mutation]
    pub async fn one(ctx: &MutationCtx) {
        let _ = ctx;
    }
}

fn main() {}
