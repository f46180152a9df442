use mainspring::*;

#[table(name = "jobs")]
pub fn job() {}

fn main() {}
