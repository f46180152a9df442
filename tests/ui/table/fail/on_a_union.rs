use mainspring::*;

#[table(name = "jobs")]
pub union Job {
    pub number: u32,
}

fn main() {}
