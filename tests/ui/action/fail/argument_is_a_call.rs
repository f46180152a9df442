use mainspring::*;

#[action]
pub async fn one(ctx: &ActionCtx, job: Call<u32>) -> Result<()> {
    let _ = ctx;
    job.await
}

fn main() {}
