use mainspring::*;

include!("../functions.rs");

#[crons]
fn crons(crons: &mut Crons) {
    crons.interval("sweep", std::time::Duration::from_millis(500), internal::tidy::sweep());
}

fn main() {}
