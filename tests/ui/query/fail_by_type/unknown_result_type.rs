use mainspring::*;

#[query]
pub async fn place(_ctx: &QueryCtx) -> Coordinates {
    loop {}
}

fn main() {}
