use mainspring::*;

#[value]
pub struct Job {
    pub data: *mut u32,
}

fn main() {}
