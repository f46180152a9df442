use mainspring::*;

pub struct Coordinates;

#[table(name = "jobs")]
#[index(by_place(place))]
pub struct Job {
    pub place: Coordinates,
}

#[mutation]
pub async fn add(ctx: &MutationCtx) -> Result<Id<Job>> {
    Ok(ctx.db.insert(Job { place: Coordinates }).await?)
}

fn main() {}
