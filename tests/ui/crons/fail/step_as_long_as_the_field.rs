use mainspring::*;

include!("../functions.rs");

#[crons]
fn crons(crons: &mut Crons) {
    crons.cron("report", "*/60 * * * *", internal::tidy::sweep());
}

fn main() {}
