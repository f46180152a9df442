use mainspring::*;

#[query]
pub async fn one(ctx: &QueryCtx, job: Call<u32>) -> Result<()> {
    let _ = ctx;
    job.await
}

fn main() {}
