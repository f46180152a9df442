use mainspring::*;

struct Lost;

#[query]
pub async fn place(_ctx: &QueryCtx) -> Result<u32, Lost> {
    Err(Lost)
}

fn main() {}
