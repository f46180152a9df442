use mainspring::*;

#[table(name = "jobs")]
#[index(_by_data(data))]
pub struct Job {
    pub data: String,
    pub size: u32,
}

fn main() {}
