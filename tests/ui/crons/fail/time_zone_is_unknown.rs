use mainspring::*;

include!("../functions.rs");

#[crons]
fn crons(crons: &mut Crons) {
    crons.daily("report", at(9, 0), internal::tidy::sweep()).time_zone("Europe/Berln");
}

fn main() {}
