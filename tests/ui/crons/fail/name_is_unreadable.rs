use mainspring::*;

include!("../functions.rs");

#[crons]
fn crons(crons: &mut Crons) {
    crons.hourly("report ", 0, internal::tidy::sweep());
}

fn main() {}
