use mainspring::*;

struct Lost;

#[action]
pub async fn place(_ctx: &ActionCtx) -> Result<u32, Lost> {
    Err(Lost)
}

fn main() {}
