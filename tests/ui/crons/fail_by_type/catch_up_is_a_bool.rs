use mainspring::*;

include!("../functions.rs");

#[crons]
fn crons(crons: &mut Crons) {
    crons.hourly("sweep", 0, internal::tidy::sweep()).catch_up(true);
}

fn main() {}
