use mainspring::*;

#[value(crate = mainspring)]
pub struct Job {
    pub data: String,
}

fn main() {}
