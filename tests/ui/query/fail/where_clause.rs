use mainspring::*;

#[query]
pub async fn store(_ctx: &QueryCtx)
where
    u32: Copy,
{
}

fn main() {}
