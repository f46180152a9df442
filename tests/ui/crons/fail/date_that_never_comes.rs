use mainspring::*;

include!("../functions.rs");

#[crons]
fn crons(crons: &mut Crons) {
    crons.cron("report", "0 0 31 2 *", internal::tidy::sweep());
}

fn main() {}
