use mainspring::*;

#[value]
pub struct Job {
    pub place: Coordinates,
}

fn main() {}
