use mainspring::*;

#[mutation]
pub async fn one(ctx: &MutationCtx, job: Call<u32>) -> Result<()> {
    let _ = ctx;
    job.await
}

fn main() {}
