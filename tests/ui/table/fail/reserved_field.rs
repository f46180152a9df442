use mainspring::*;

#[table(name = "jobs")]
pub struct Job {
    pub _id: String,
}

fn main() {}
