use mainspring::*;

#[table(name = "jobs")]
pub struct Job {
    #[serde(rename)]
    pub name: String,
}

fn main() {}
