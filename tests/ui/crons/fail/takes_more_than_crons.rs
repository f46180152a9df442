use mainspring::*;

#[crons]
fn crons(_crons: &mut Crons, _zone: &str) {}

fn main() {}
