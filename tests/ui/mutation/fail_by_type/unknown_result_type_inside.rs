use mainspring::*;

#[mutation]
pub async fn list(_ctx: &MutationCtx) -> Result<Vec<Coordinates>> {
    Ok(Vec::new())
}

fn main() {}
