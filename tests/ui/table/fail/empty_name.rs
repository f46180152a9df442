use mainspring::*;

#[table(name = "")]
pub struct Job {
    pub data: String,
}

fn main() {}
