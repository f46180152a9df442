#![allow(unused_variables)]

use mainspring::*;

#[mutation]
pub async fn add(_ctx: &MutationCtx, a: u32, a: u32) -> u32 {
    a + a
}

fn main() {}
