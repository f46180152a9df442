use mainspring::*;

include!("../functions.rs");

#[crons]
fn crons(crons: &mut Crons) {
    crons.cron("report", "@fortnightly", internal::tidy::sweep());
}

fn main() {}
