use std::future::Future;

use mainspring::*;

#[query]
pub fn one(ctx: &QueryCtx) -> impl Future<Output = u32> {
    let _ = ctx;
    async { 1 }
}

fn main() {}
