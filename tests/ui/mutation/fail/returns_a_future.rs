use std::future::Future;

use mainspring::*;

#[mutation]
pub fn one(ctx: &MutationCtx) -> impl Future<Output = u32> {
    let _ = ctx;
    async { 1 }
}

fn main() {}
