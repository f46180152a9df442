#![allow(unused_variables)]

use mainspring::*;

#[action]
pub async fn add(_ctx: &ActionCtx, a: u32, a: u32) -> u32 {
    a + a
}

fn main() {}
