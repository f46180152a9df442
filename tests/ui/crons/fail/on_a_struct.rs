use mainspring::*;

#[crons]
struct Crons;

fn main() {}
