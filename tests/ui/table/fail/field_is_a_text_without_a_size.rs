use mainspring::*;

#[table(name = "jobs")]
pub struct Job {
    pub data: str,
}

fn main() {}
