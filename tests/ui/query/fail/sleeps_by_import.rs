use mainspring::*;

#[query]
pub async fn one(_ctx: &QueryCtx) {
    use tokio::time::sleep;
    sleep(std::time::Duration::from_secs(1)).await;
}

fn main() {}
