use mainspring::*;

#[value]
pub struct Job {
    pub data: fn(),
}

fn main() {}
