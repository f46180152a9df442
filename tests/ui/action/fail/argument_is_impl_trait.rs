use mainspring::*;

#[action]
pub async fn rename(_ctx: &ActionCtx, name: impl Into<String>) -> String {
    name.into()
}

fn main() {}
