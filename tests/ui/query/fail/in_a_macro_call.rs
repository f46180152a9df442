use mainspring::*;

#[query]
pub async fn one(_ctx: &QueryCtx) -> String {
    format!("{:?}", std::time::SystemTime::now())
}

fn main() {}
