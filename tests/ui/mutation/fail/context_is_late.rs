use mainspring::*;

#[mutation]
pub async fn double(a: u32, _ctx: &MutationCtx) -> u32 {
    2 * a
}

fn main() {}
