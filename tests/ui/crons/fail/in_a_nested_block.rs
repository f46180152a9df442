use mainspring::*;

include!("../functions.rs");

#[crons]
fn crons(crons: &mut Crons) {
    if cfg!(debug_assertions) {
        crons.cron("report", "0 9 * * 8", internal::tidy::sweep());
    }
}

fn main() {}
