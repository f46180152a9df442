use mainspring::*;

#[mutation]
pub async fn one(_ctx: &MutationCtx) {
    drop(tokio::spawn(async {}));
}

fn main() {}
