use mainspring::*;

#[value]
pub struct Job {
    #[serde(rename)]
    pub name: String,
}

fn main() {}
