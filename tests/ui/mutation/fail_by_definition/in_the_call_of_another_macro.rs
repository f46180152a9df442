use mainspring::*;

cfg_select! {
    unix => {
        #[mutation]
        pub async fn one(ctx: &MutationCtx) {
            let _ = ctx;
        }
    }
    _ => {}
}

fn main() {}
