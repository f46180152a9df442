use mainspring::*;

#[table(name = "jobs", index = "data")]
pub struct Job {
    pub data: String,
}

fn main() {}
