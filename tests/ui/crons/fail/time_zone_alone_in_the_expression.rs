use mainspring::*;

include!("../functions.rs");

#[crons]
fn crons(crons: &mut Crons) {
    crons.cron("report", "0 9 * * * Europe/Berlin", internal::tidy::sweep());
}

fn main() {}
