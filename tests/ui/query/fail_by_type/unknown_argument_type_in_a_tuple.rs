use mainspring::*;

#[query]
pub async fn go(_ctx: &QueryCtx, to: (u32, Coordinates)) {
    drop(to);
}

fn main() {}
