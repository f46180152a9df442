use mainspring::*;

#[query]
pub async fn one(_ctx: &QueryCtx) {
    std::thread::sleep(std::time::Duration::from_secs(1));
}

fn main() {}
