use mainspring::*;

#[mutation]
pub async fn one(_ctx: &MutationCtx) -> u64 {
    let start = std::time::Instant::now();
    start.elapsed().as_secs()
}

fn main() {}
