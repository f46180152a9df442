use mainspring::*;

cfg_select! {
    unix => {
        #[query]
        pub async fn one(ctx: &QueryCtx) {
            let _ = ctx;
        }
    }
    _ => {}
}

fn main() {}
