use mainspring::*;

pub fn jobs(is_open: bool) {
    if is_open {
        #[action]
        pub async fn one(ctx: &ActionCtx) {
            let _ = ctx;
        }
    }
}

fn main() {}
