use mainspring::*;

#[value]
pub struct Job {
    pub data: i128,
}

fn main() {}
