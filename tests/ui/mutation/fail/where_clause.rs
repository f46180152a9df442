use mainspring::*;

#[mutation]
pub async fn store(_ctx: &MutationCtx)
where
    u32: Copy,
{
}

fn main() {}
