use mainspring::*;

#[table(name = "jobs")]
pub struct Job {
    pub data: Box<dyn std::any::Any + Send>,
}

fn main() {}
