use mainspring::*;

#[mutation]
pub async fn one(_ctx: &MutationCtx) {
    use tokio::time::sleep;
    sleep(std::time::Duration::from_secs(1)).await;
}

fn main() {}
