use mainspring::*;

pub fn jobs() {
    #[query]
    pub async fn one(ctx: &QueryCtx) {
        let _ = ctx;
    }
}

fn main() {}
