use mainspring::*;

include!("../functions.rs");

#[crons]
fn crons(crons: &mut Crons) {
    crons.cron("report", "5/15 * * * *", internal::tidy::sweep());
}

fn main() {}
