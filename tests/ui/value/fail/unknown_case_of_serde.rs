use mainspring::*;

#[value]
#[serde(rename_all = "camel")]
pub struct Job {
    pub first_name: String,
}

fn main() {}
