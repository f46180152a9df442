use mainspring::*;

include!("../functions.rs");

#[crons]
fn crons(crons: &mut Crons) {
    crons.cron("report", "@daily 9:00", internal::tidy::sweep());
}

fn main() {}
