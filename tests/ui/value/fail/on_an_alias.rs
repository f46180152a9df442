use mainspring::*;

#[value]
pub type Job = u32;

fn main() {}
