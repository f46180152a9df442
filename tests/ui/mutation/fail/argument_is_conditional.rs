use mainspring::*;

#[mutation]
pub async fn store(_ctx: &MutationCtx, #[cfg(unix)] mode: u32) {
    let _ = mode;
}

fn main() {}
