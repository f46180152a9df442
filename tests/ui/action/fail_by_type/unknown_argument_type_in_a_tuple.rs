use mainspring::*;

#[action]
pub async fn go(_ctx: &ActionCtx, to: (u32, Coordinates)) {
    drop(to);
}

fn main() {}
