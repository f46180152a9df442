use mainspring::*;

include!("../../shop.rs");

#[mutation(on_failure = internal::orders::remind)]
pub async fn send(_ctx: &MutationCtx) -> u32 {
    1
}

fn main() {}
