use mainspring::*;

#[table(name = "jobs")]
#[index(by_data(data), by_size(size))]
pub struct Job {
    pub data: String,
    pub size: u32,
}

fn main() {}
