use mainspring::*;

#[crons]
fn crons(crons: &mut Crons) {
    let _ = crons;
}

#[crons]
fn crons(crons: &mut Crons) {
    let _ = crons;
}

fn main() {}
