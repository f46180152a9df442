use mainspring::*;

include!("../functions.rs");

#[crons]
fn crons(crons: &mut Crons) {
    crons.hourly("sweep", 0, internal::tidy::sweep());
    crons.daily("sweep", at(3, 0), internal::tidy::sweep());
}

fn main() {}
