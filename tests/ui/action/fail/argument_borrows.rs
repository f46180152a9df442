use mainspring::*;

#[action]
pub async fn rename(_ctx: &ActionCtx, name: std::borrow::Cow<'_, str>) -> usize {
    name.len()
}

fn main() {}
