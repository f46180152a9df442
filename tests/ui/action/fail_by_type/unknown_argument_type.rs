use mainspring::*;

#[action]
pub async fn go(_ctx: &ActionCtx, to: Coordinates) {
    drop(to);
}

fn main() {}
