use mainspring::*;

#[mutation]
pub async fn one(ctx: &MutationCtx, a: std::borrow::Cow<'static, str>) {
    let _ = (ctx, a);
}

fn main() {}
