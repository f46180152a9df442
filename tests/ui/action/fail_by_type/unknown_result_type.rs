use mainspring::*;

#[action]
pub async fn place(_ctx: &ActionCtx) -> Coordinates {
    loop {}
}

fn main() {}
