use mainspring::{QueryCtx, Result, query};

#[query]
pub async fn r#match(_ctx: &QueryCtx) -> Result<String> {
    Ok(String::new())
}
