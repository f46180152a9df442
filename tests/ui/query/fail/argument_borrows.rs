use mainspring::*;

#[query]
pub async fn rename(_ctx: &QueryCtx, name: std::borrow::Cow<'_, str>) -> usize {
    name.len()
}

fn main() {}
