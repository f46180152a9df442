use mainspring::*;

pub struct Coordinates;

#[table(name = "jobs")]
pub struct Job {
    pub place: Coordinates,
}

fn main() {}
