use mainspring::*;

#[value]
pub struct Job {
    pub data: std::borrow::Cow<'static, str>,
}

fn main() {}
