use mainspring::*;

#[query]
pub async fn one(_ctx: &QueryCtx) {
    drop(std::thread::spawn(|| ()));
}

fn main() {}
