use mainspring::*;

#[value]
pub struct Job {
    pub data: impl Clone,
}

fn main() {}
