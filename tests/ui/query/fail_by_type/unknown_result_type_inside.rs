use mainspring::*;

#[query]
pub async fn list(_ctx: &QueryCtx) -> Result<Vec<Coordinates>> {
    Ok(Vec::new())
}

fn main() {}
