use mainspring::*;

#[value]
pub struct Job {
    #[serde(default)]
    pub next: Option<Missing>,
}

fn main() {}
