use mainspring::*;

#[table(name = "jobs")]
#[value]
pub struct Job {
    pub data: String,
}

fn main() {}
