use mainspring::*;

#[query]
pub async fn names(_ctx: &QueryCtx) -> impl Iterator<Item = String> {
    std::iter::empty()
}

fn main() {}
