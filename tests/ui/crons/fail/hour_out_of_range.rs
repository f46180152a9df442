use mainspring::*;

include!("../functions.rs");

#[crons]
fn crons(crons: &mut Crons) {
    crons.daily("report", at(24, 0), internal::tidy::sweep());
}

fn main() {}
