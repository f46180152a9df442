use mainspring::*;

#[value]
pub struct Job {
    pub data: Box<dyn std::any::Any + Send>,
}

fn main() {}
