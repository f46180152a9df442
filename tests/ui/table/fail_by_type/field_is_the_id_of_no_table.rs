use mainspring::*;

#[value]
pub struct Place {
    pub name: String,
}

#[table(name = "jobs")]
pub struct Job {
    pub place: Id<Place>,
}

fn main() {}
