use mainspring::*;

#[table(name = "jobs")]
pub struct Job {
    pub data: [u32],
}

fn main() {}
