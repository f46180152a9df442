use mainspring::*;

#[table(name = "jobs")]
pub struct Job {
    pub places: Option<Vec<Coordinates>>,
}

fn main() {}
