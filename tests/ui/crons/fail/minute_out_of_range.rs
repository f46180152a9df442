use mainspring::*;

include!("../functions.rs");

#[crons]
fn crons(crons: &mut Crons) {
    crons.hourly("sweep", 60, internal::tidy::sweep());
}

fn main() {}
