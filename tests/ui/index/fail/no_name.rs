use mainspring::*;

#[table(name = "jobs")]
#[index(data, size)]
pub struct Job {
    pub data: String,
    pub size: u32,
}

fn main() {}
