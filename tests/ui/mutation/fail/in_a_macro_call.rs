use mainspring::*;

#[mutation]
pub async fn one(_ctx: &MutationCtx) -> String {
    format!("{:?}", std::time::SystemTime::now())
}

fn main() {}
