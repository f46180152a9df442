use mainspring::*;

#[table(name = "jobs")]
#[index(by_creation_time(data))]
pub struct Job {
    pub data: String,
    pub size: u32,
}

fn main() {}
