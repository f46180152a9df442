use mainspring::*;

include!("../../shop.rs");

#[action(on_failure = internal::orders::remind)]
pub async fn send(_ctx: &ActionCtx) -> u32 {
    1
}

fn main() {}
