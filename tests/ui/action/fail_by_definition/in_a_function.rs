use mainspring::*;

pub fn jobs() {
    #[action]
    pub async fn one(ctx: &ActionCtx) {
        let _ = ctx;
    }
}

fn main() {}
