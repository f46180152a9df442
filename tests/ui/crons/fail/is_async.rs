use mainspring::*;

#[crons]
async fn crons(_crons: &mut Crons) {}

fn main() {}
