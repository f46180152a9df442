use mainspring::*;

#[table(name = "jobs")]
pub struct Job {
    #[serde(rename_all = "camelCase")]
    pub name: String,
}

fn main() {}
