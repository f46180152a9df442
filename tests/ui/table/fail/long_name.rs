use mainspring::*;

#[table(name = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
pub struct Job {
    pub data: String,
}

fn main() {}
