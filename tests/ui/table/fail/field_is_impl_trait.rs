use mainspring::*;

#[table(name = "jobs")]
pub struct Job {
    pub data: impl Clone,
}

fn main() {}
