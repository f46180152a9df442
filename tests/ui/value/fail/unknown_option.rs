use mainspring::*;

#[value(name = "job")]
pub struct Job {
    pub data: String,
}

fn main() {}
