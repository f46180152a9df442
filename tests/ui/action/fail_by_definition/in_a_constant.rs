use mainspring::*;

const _: () = {
    #[action]
    pub async fn one(ctx: &ActionCtx) {
        let _ = ctx;
    }
};

fn main() {}
