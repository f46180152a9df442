use mainspring::*;

struct Coordinates;

#[action]
pub async fn place(_ctx: &ActionCtx) -> Coordinates {
    Coordinates
}

fn main() {}
