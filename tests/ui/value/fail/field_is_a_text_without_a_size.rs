use mainspring::*;

#[value]
pub struct Job {
    pub data: str,
}

fn main() {}
