use mainspring::*;

#[table(name = "jobs")]
pub struct Job {
    pub data: std::cell::RefCell<u32>,
}

fn main() {}
