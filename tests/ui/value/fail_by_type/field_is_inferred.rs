use mainspring::*;

#[value]
pub struct Job {
    pub data: Vec<_>,
}

fn main() {}
