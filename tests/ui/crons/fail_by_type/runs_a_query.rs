use mainspring::*;

include!("../functions.rs");

#[crons]
fn crons(crons: &mut Crons) {
    crons.hourly("total", 0, internal::tidy::count());
}

fn main() {}
