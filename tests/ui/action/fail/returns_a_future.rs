use std::future::Future;

use mainspring::*;

#[action]
pub fn one(ctx: &ActionCtx) -> impl Future<Output = u32> {
    let _ = ctx;
    async { 1 }
}

fn main() {}
