use mainspring::*;

#[query(retry(max_attempts = 5))]
pub async fn one(_ctx: &QueryCtx) -> u32 {
    1
}

fn main() {}
