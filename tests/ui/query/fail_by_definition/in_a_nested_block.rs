use mainspring::*;

pub fn jobs(is_open: bool) {
    if is_open {
        #[query]
        pub async fn one(ctx: &QueryCtx) {
            let _ = ctx;
        }
    }
}

fn main() {}
