use mainspring::*;

#[table(name = "jobs")]
#[index(by_data())]
pub struct Job {
    pub data: String,
    pub size: u32,
}

fn main() {}
