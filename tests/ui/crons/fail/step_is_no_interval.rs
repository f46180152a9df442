#![deny(deprecated)]
use mainspring::*;

include!("../functions.rs");

#[crons]
fn crons(crons: &mut Crons) {
    crons.cron("sweep", "*/7 * * * *", internal::tidy::sweep());
}

fn main() {}
