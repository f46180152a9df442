use mainspring::*;

const _: () = {
    #[query]
    pub async fn one(ctx: &QueryCtx) {
        let _ = ctx;
    }
};

fn main() {}
