use mainspring::*;

#[mutation]
pub async fn rename(_ctx: &MutationCtx, name: impl Into<String>) -> String {
    name.into()
}

fn main() {}
