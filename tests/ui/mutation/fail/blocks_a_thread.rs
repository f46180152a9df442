use mainspring::*;

#[mutation]
pub async fn one(_ctx: &MutationCtx) {
    std::thread::sleep(std::time::Duration::from_secs(1));
}

fn main() {}
