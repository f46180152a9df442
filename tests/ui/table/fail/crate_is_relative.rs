use mainspring::*;

#[table(name = "jobs", crate = mainspring)]
pub struct Job {
    pub data: String,
}

fn main() {}
