#![deny(deprecated)]
use mainspring::*;

include!("../functions.rs");

#[crons]
fn crons(crons: &mut Crons) {
    crons.cron("report", "0 9 30 2 mon", internal::tidy::sweep());
}

fn main() {}
