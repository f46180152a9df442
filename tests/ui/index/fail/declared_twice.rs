use mainspring::*;

#[table(name = "jobs")]
#[index(by_data(data))]
#[index(by_data(data, size))]
pub struct Job {
    pub data: String,
    pub size: u32,
}

fn main() {}
