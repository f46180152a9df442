use mainspring::*;

#[crons]
fn crons(crons: &mut Crons) -> &mut Crons {
    crons
}

fn main() {}
