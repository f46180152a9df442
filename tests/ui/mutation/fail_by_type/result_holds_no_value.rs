use mainspring::*;

struct Coordinates;

#[mutation]
pub async fn place(_ctx: &MutationCtx) -> Result<Coordinates> {
    Ok(Coordinates)
}

fn main() {}
