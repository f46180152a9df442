use mainspring::*;

#[table(name = "jobs", name = "work")]
pub struct Job {
    pub data: String,
}

fn main() {}
