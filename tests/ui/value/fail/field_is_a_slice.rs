use mainspring::*;

#[value]
pub struct Job {
    pub data: [u32],
}

fn main() {}
