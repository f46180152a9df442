use std::fs::read_to_string;

use mainspring::*;

#[query]
pub async fn one(ctx: &QueryCtx) -> Result<String> {
    let _ = ctx;
    Ok(read_to_string("motd").unwrap_or_default())
}

fn main() {}
