use mainspring::*;

#[crons(time_zone = "Europe/Berlin")]
fn crons(_crons: &mut Crons) {}

fn main() {}
