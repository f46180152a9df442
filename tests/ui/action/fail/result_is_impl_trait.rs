use mainspring::*;

#[action]
pub async fn names(_ctx: &ActionCtx) -> impl Iterator<Item = String> {
    std::iter::empty()
}

fn main() {}
