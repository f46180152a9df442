use mainspring::*;

#[table(name = jobs)]
pub struct Job {
    pub data: String,
}

fn main() {}
