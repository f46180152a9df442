#![allow(unused_variables)]

use mainspring::*;

#[query]
pub async fn add(_ctx: &QueryCtx, a: u32, a: u32) -> u32 {
    a + a
}

fn main() {}
