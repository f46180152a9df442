use mainspring::*;

#[value]
pub(crate) struct Coordinates {
    x: f64,
    y: f64,
}

#[table(name = "jobs")]
#[index(by_place(place))]
pub(crate) struct Job {
    place: Coordinates,
}
