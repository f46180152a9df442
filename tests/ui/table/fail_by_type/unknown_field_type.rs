use mainspring::*;

#[table(name = "jobs")]
pub struct Job {
    pub place: Coordinates,
}

fn main() {}
