use mainspring::*;

#[mutation]
pub async fn one(ctx: &MutationCtx) -> Result<Option<mainspring::Call<u32>>> {
    let _ = ctx;
    Ok(None)
}

fn main() {}
