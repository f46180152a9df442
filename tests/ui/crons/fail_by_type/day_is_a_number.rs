use mainspring::*;

include!("../functions.rs");

#[crons]
fn crons(crons: &mut Crons) {
    crons.weekly("report", 1, at(9, 0), internal::tidy::sweep());
}

fn main() {}
