use mainspring::*;

#[mutation]
pub async fn one(_ctx: &MutationCtx) -> bool {
    std::process::Command::new("true").status().is_ok()
}

fn main() {}
