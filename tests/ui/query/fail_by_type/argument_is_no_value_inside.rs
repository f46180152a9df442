use mainspring::*;

struct Coordinates;

#[query]
pub async fn go(_ctx: &QueryCtx, by: Vec<Option<Coordinates>>) {
    drop(by);
}

fn main() {}
