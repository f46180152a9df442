use mainspring::*;

include!("../functions.rs");

#[crons]
fn crons(crons: &mut Crons) {
    crons.cron("report", "H 9 * * *", internal::tidy::sweep());
}

fn main() {}
