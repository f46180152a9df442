use mainspring::*;

#[crons]
unsafe fn crons(_crons: &mut Crons) {}

fn main() {}
