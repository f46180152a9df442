use mainspring::*;

#[query]
pub async fn one(ctx: &QueryCtx, a: std::borrow::Cow<'static, str>) {
    let _ = (ctx, a);
}

fn main() {}
