use mainspring::*;

#[query]
pub async fn go(_ctx: &QueryCtx, to: Coordinates) {
    drop(to);
}

fn main() {}
