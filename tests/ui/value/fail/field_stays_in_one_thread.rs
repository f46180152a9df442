use mainspring::*;

#[value]
pub struct Job {
    pub data: Option<std::rc::Rc<u32>>,
}

fn main() {}
