use mainspring::*;

#[value(crate)]
pub struct Job {
    pub data: String,
}

fn main() {}
