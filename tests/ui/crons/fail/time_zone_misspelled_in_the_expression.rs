use mainspring::*;

include!("../functions.rs");

#[crons]
fn crons(crons: &mut Crons) {
    crons.cron("report", "0 9 * * * Berln", internal::tidy::sweep());
}

fn main() {}
