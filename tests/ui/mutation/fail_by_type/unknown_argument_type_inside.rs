use mainspring::*;

#[mutation]
pub async fn go(_ctx: &MutationCtx, to: Vec<Coordinates>) {
    drop(to);
}

fn main() {}
