use mainspring::*;

pub struct Coordinates;

#[value]
pub struct Job {
    pub place: Coordinates,
}

fn main() {}
