use mainspring::*;

#[value]
pub struct Job {
    #[serde(renam = "kind")]
    pub sort: u32,
}

fn main() {}
