use mainspring::*;

#[mutation(renamed_from = "")]
pub async fn send(_ctx: &MutationCtx) -> u32 {
    1
}

fn main() {}
