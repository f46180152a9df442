use mainspring::*;

include!("../functions.rs");

#[crons]
fn crons(crons: &mut Crons) {
    crons.cron("report", "0 25 * * mon-fry", internal::tidy::sweep());
}

fn main() {}
