use mainspring::*;

include!("../functions.rs");

#[crons]
fn crons(crons: &mut Crons) {
    crons.hourly("greet", 0, internal::tidy::greet(7));
}

fn main() {}
