use mainspring::*;

include!("../functions.rs");

#[crons]
fn crons(crons: &mut Crons) {
    crons.cron("report", "CRON_TZ=Europe/Berlin 0 9 * * *", internal::tidy::sweep());
}

fn main() {}
