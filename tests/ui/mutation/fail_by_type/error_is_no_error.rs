use mainspring::*;

struct Lost;

#[mutation]
pub async fn place(_ctx: &MutationCtx) -> Result<u32, Lost> {
    Err(Lost)
}

fn main() {}
