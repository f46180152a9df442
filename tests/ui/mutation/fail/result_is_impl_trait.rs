use mainspring::*;

#[mutation]
pub async fn names(_ctx: &MutationCtx) -> impl Iterator<Item = String> {
    std::iter::empty()
}

fn main() {}
