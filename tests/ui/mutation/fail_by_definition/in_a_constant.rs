use mainspring::*;

const _: () = {
    #[mutation]
    pub async fn one(ctx: &MutationCtx) {
        let _ = ctx;
    }
};

fn main() {}
