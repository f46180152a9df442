use mainspring::*;

pub fn jobs() {
    #[mutation]
    pub async fn one(ctx: &MutationCtx) {
        let _ = ctx;
    }
}

fn main() {}
