use mainspring::*;

#[table]
pub struct Job {
    pub data: String,
}

fn main() {}
