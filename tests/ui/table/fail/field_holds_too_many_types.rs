use mainspring::*;

#[table(name = "jobs")]
pub struct Job {
    pub stars: Vec<u32, u32, u32>,
}

fn main() {}
