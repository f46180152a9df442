use mainspring::*;

#[value]
#[index(by_data(data))]
pub struct Job {
    pub data: String,
}

fn main() {}
