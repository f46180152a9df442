use mainspring::*;

#[mutation]
pub async fn one(_ctx: &MutationCtx) -> bool {
    std::fs::read("notes.txt").is_ok()
}

fn main() {}
