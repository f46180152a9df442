use mainspring::*;

#[table(name = "jobs")]
pub struct Job {
    pub data: *mut u32,
}

fn main() {}
