use mainspring::*;

#[action]
pub async fn go(_ctx: &ActionCtx, to: Vec<Coordinates>) {
    drop(to);
}

fn main() {}
