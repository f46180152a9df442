use mainspring::*;

#[table(name = "jobs")]
#[index]
pub struct Job {
    pub data: String,
    pub size: u32,
}

fn main() {}
