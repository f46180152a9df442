use mainspring::*;

#[query]
pub async fn one(ctx: &QueryCtx, a: std::rc::Rc<u8>) {
    let _ = (ctx, a);
}

fn main() {}
