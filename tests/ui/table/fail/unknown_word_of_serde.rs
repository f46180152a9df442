use mainspring::*;

#[table(name = "jobs")]
pub struct Job {
    #[serde(optional)]
    pub name: String,
}

fn main() {}
