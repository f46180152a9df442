use mainspring::*;

#[allow(async_fn_in_trait)]
pub trait Jobs {
    #[query]
    async fn one(ctx: &QueryCtx) {
        let _ = ctx;
    }
}

fn main() {}
