use mainspring::*;

#[table(name = "jobs")]
pub struct Job {
    pub data: i128,
}

fn main() {}
