use mainspring::*;

#[query]
pub async fn one(_ctx: &QueryCtx) {
    drop(tokio::spawn(async {}));
}

fn main() {}
