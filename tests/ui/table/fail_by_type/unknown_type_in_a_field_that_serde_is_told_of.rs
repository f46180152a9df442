use mainspring::*;

#[table(name = "jobs")]
pub struct Job {
    #[serde(default)]
    pub next: Option<Missing>,
}

fn main() {}
