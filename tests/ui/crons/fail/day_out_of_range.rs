use mainspring::*;

include!("../functions.rs");

#[crons]
fn crons(crons: &mut Crons) {
    crons.monthly("report", 32, at(9, 0), internal::tidy::sweep());
}

fn main() {}
