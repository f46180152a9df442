use mainspring::*;

struct Coordinates;

#[mutation]
pub async fn place(_ctx: &MutationCtx) -> Coordinates {
    Coordinates
}

fn main() {}
