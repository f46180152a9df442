use mainspring::*;

#[query]
pub async fn one(_ctx: &QueryCtx) -> u64 {
    let start = std::time::Instant::now();
    start.elapsed().as_secs()
}

fn main() {}
