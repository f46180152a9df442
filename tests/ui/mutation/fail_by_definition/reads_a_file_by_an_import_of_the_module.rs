use std::fs::read_to_string;

use mainspring::*;

#[mutation]
pub async fn one(ctx: &MutationCtx) -> Result<String> {
    let _ = ctx;
    Ok(read_to_string("motd").unwrap_or_default())
}

fn main() {}
