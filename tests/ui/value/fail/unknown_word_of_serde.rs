use mainspring::*;

#[value]
pub struct Job {
    #[serde(optional)]
    pub name: String,
}

fn main() {}
