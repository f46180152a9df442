use mainspring::*;

#[value]
pub union Job {
    pub number: u32,
}

fn main() {}
