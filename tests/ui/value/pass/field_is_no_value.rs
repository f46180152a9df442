use mainspring::*;

/// Types that nobody else may see, of fields that nobody else sees; and one under a condition.
#[value]
pub struct Job {
    place: Coordinates,
    #[cfg(windows)]
    drive: Drive,
    #[serde(flatten)]
    rest: Rest,
    next: Option<Box<Job>>,
}

#[value]
struct Coordinates {
    x: f64,
}

#[value]
struct Rest {
    note: Option<Note>,
}

#[value]
struct Note(String);
