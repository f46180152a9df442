use mainspring::*;

include!("../functions.rs");

#[crons]
fn crons(crons: &mut Crons) {
    crons.cron("report", "@reboot", internal::tidy::sweep());
}

fn main() {}
