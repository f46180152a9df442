use mainspring::*;

#[mutation]
pub async fn one(ctx: &MutationCtx, a: std::rc::Rc<u8>) {
    let _ = (ctx, a);
}

fn main() {}
