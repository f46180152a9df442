use mainspring::*;

#[table(name = "jobs")]
pub struct Job {
    pub data: Vec<_>,
}

fn main() {}
