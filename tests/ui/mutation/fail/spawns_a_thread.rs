use mainspring::*;

#[mutation]
pub async fn one(_ctx: &MutationCtx) {
    drop(std::thread::spawn(|| ()));
}

fn main() {}
