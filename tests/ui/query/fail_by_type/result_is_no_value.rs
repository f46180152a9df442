use mainspring::*;

struct Coordinates;

#[query]
pub async fn place(_ctx: &QueryCtx) -> Coordinates {
    Coordinates
}

fn main() {}
