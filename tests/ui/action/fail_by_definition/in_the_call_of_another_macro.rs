use mainspring::*;

cfg_select! {
    unix => {
        #[action]
        pub async fn one(ctx: &ActionCtx) {
            let _ = ctx;
        }
    }
    _ => {}
}

fn main() {}
