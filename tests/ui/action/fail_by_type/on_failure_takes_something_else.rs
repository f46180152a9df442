use mainspring::*;

include!("../../shop.rs");

#[action(on_failure = internal::orders::mark_paid)]
pub async fn send(_ctx: &ActionCtx) -> u32 {
    1
}

fn main() {}
