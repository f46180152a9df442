use mainspring::*;

#[value]
pub struct Job {
    pub stars: Vec<u32, u32, u32>,
}

fn main() {}
