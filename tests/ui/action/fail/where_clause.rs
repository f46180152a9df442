use mainspring::*;

#[action]
pub async fn store(_ctx: &ActionCtx)
where
    u32: Copy,
{
}

fn main() {}
