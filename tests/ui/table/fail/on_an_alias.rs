use mainspring::*;

#[table(name = "jobs")]
pub type Job = u32;

fn main() {}
