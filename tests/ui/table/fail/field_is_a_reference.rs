use mainspring::*;

#[table(name = "jobs")]
pub struct Job {
    pub data: &'static str,
}

fn main() {}
