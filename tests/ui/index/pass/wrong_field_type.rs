use mainspring::*;

#[table(name = "names")]
#[index(by_name(name))]
pub(crate) struct Name {
    name: String,
}

/// A text is compared as it comes, owned or borrowed.
#[query]
async fn find(ctx: &QueryCtx) -> Result<usize> {
    let owned = Name::by_name.eq("ann".to_owned());
    let borrowed = Name::by_name.gte("a").lt("b");
    let found = ctx.db.query::<Name>().with_index(owned).collect().await?.len();
    Ok(found + ctx.db.query().with_index(borrowed).collect().await?.len())
}
