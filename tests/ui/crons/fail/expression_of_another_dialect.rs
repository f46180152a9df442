use mainspring::*;

include!("../functions.rs");

#[crons]
fn crons(crons: &mut Crons) {
    crons.cron("report", "0 9 L * ?", internal::tidy::sweep());
}

fn main() {}
