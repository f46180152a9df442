use mainspring::*;

#[mutation]
pub async fn one(_ctx: &MutationCtx) {
    static mut COUNT: u32 = 0;
    let _ = &raw const COUNT;
}

fn main() {}
