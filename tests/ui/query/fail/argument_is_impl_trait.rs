use mainspring::*;

#[query]
pub async fn rename(_ctx: &QueryCtx, name: impl Into<String>) -> String {
    name.into()
}

fn main() {}
