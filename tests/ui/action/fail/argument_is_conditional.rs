use mainspring::*;

#[action]
pub async fn store(_ctx: &ActionCtx, #[cfg(unix)] mode: u32) {
    let _ = mode;
}

fn main() {}
