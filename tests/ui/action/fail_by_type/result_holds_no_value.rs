use mainspring::*;

struct Coordinates;

#[action]
pub async fn place(_ctx: &ActionCtx) -> Result<Coordinates> {
    Ok(Coordinates)
}

fn main() {}
