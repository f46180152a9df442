use mainspring::*;

#[query]
pub async fn one(_ctx: &QueryCtx) -> bool {
    std::fs::read("notes.txt").is_ok()
}

fn main() {}
