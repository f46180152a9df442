use mainspring::*;

#[index(by_data(data))]
#[table(name = "jobs")]
pub struct Job {
    pub data: String,
}

fn main() {}
