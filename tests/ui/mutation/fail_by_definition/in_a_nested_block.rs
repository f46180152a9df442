use mainspring::*;

pub fn jobs(is_open: bool) {
    if is_open {
        #[mutation]
        pub async fn one(ctx: &MutationCtx) {
            let _ = ctx;
        }
    }
}

fn main() {}
