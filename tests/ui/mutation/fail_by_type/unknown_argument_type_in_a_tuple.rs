use mainspring::*;

#[mutation]
pub async fn go(_ctx: &MutationCtx, to: (u32, Coordinates)) {
    drop(to);
}

fn main() {}
