use mainspring::*;

#[crons]
fn crons<T>(_crons: &mut Crons) {}

fn main() {}
