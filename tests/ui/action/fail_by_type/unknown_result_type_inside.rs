use mainspring::*;

#[action]
pub async fn list(_ctx: &ActionCtx) -> Result<Vec<Coordinates>> {
    Ok(Vec::new())
}

fn main() {}
