use mainspring::*;

struct Coordinates;

#[query]
pub async fn place(_ctx: &QueryCtx) -> Result<Coordinates> {
    Ok(Coordinates)
}

fn main() {}
