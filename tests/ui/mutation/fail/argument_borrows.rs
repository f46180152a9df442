use mainspring::*;

#[mutation]
pub async fn rename(_ctx: &MutationCtx, name: std::borrow::Cow<'_, str>) -> usize {
    name.len()
}

fn main() {}
