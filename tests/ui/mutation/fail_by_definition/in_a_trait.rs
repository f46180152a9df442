use mainspring::*;

#[allow(async_fn_in_trait)]
pub trait Jobs {
    #[mutation]
    async fn one(ctx: &MutationCtx) {
        let _ = ctx;
    }
}

fn main() {}
