use mainspring::*;

#[action]
pub async fn one(ctx: &ActionCtx, a: std::rc::Rc<u8>) {
    let _ = (ctx, a);
}

fn main() {}
