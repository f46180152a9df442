use mainspring::*;

#[table(name = "my-jobs")]
pub struct Job {
    pub data: String,
}

fn main() {}
