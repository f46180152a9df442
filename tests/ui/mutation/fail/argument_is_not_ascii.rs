use mainspring::*;

#[mutation]
pub async fn one(ctx: &MutationCtx, größe: u32) {
    let _ = (ctx, größe);
}

fn main() {}
