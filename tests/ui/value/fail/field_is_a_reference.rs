use mainspring::*;

#[value]
pub struct Job {
    pub data: &'static str,
}

fn main() {}
