use mainspring::*;

#[table(name = "jobs")]
pub struct Job {
    pub data: fn(),
}

fn main() {}
