use mainspring::*;

#[mutation]
pub async fn area(_ctx: &MutationCtx, (width, height): (u32, u32)) -> u32 {
    width * height
}

fn main() {}
