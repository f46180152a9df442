#![deny(deprecated)]
use mainspring::*;

include!("../functions.rs");

#[crons]
fn crons(crons: &mut Crons) {
    crons.cron("report", "0 9-17/12 * * *", internal::tidy::sweep());
}

fn main() {}
