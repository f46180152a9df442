use mainspring::*;

#[value]
pub fn job() {}

fn main() {}
