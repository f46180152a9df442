use mainspring::*;

#[query]
pub async fn one(_ctx: &QueryCtx) {
    static mut COUNT: u32 = 0;
    let _ = &raw const COUNT;
}

fn main() {}
