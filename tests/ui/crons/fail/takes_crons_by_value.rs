use mainspring::*;

#[crons]
fn crons(_crons: Crons) {}

fn main() {}
