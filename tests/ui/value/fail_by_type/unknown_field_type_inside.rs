use mainspring::*;

#[value]
pub struct Job {
    pub places: Option<Vec<Coordinates>>,
}

fn main() {}
