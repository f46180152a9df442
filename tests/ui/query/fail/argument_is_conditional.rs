use mainspring::*;

#[query]
pub async fn store(_ctx: &QueryCtx, #[cfg(unix)] mode: u32) {
    let _ = mode;
}

fn main() {}
