use mainspring::*;

#[table(name = "jobs")]
pub struct Job {
    pub data: std::borrow::Cow<'static, str>,
}

fn main() {}
