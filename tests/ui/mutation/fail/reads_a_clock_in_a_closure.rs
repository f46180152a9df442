use mainspring::*;

use std::time::SystemTime;

#[mutation]
pub async fn one(db: &MutationCtx) -> bool {
    let _ = db;
    let now = || SystemTime::now();
    now().elapsed().is_ok()
}

fn main() {}
