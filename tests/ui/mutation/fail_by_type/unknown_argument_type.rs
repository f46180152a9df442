use mainspring::*;

#[mutation]
pub async fn go(_ctx: &MutationCtx, to: Coordinates) {
    drop(to);
}

fn main() {}
