use mainspring::*;

#[allow(async_fn_in_trait)]
pub trait Jobs {
    #[action]
    async fn one(ctx: &ActionCtx) {
        let _ = ctx;
    }
}

fn main() {}
