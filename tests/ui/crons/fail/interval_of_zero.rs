use mainspring::*;

include!("../functions.rs");

#[crons]
fn crons(crons: &mut Crons) {
    crons.interval("sweep", std::time::Duration::ZERO, internal::tidy::sweep());
}

fn main() {}
