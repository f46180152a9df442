use mainspring::*;

#[action]
pub async fn one(ctx: &ActionCtx, a: std::borrow::Cow<'static, str>) {
    let _ = (ctx, a);
}

fn main() {}
