use mainspring::*;

#[crons(crate = mainspring)]
fn crons(_crons: &mut Crons) {}

fn main() {}
