use mainspring::*;

#[query]
pub async fn go(_ctx: &QueryCtx, to: Vec<Coordinates>) {
    drop(to);
}

fn main() {}
