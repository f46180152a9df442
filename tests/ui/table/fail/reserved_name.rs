use mainspring::*;

#[table(name = "_jobs")]
pub struct Job {
    pub data: String,
}

fn main() {}
