use mainspring::*;

#[mutation]
pub async fn clean_up(_ctx: &MutationCtx, failed: FailedJob) {
    let _ = failed;
}

mod api {
    pub use super::__clean_up_call as clean_up;
}

#[action(on_failure = api::clean_up)]
pub async fn send(_ctx: &ActionCtx) -> u32 {
    1
}

fn main() {}
