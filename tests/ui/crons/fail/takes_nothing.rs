use mainspring::*;

#[crons]
fn crons() {}

fn main() {}
