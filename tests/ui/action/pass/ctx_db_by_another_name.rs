use mainspring::*;

/// Another thing with the context's name.
#[action]
async fn shadows_its_context(ctx: &ActionCtx) -> u32 {
    struct Shop {
        db: u32,
    }
    let _ = ctx;
    let field = Shop { db: 2 };
    let of = |ctx: &Shop| ctx.db;
    let ctx = Shop { db: 1 };
    ctx.db + of(&field)
}
