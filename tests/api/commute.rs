//! `ctx.db.commute`: changes that never conflict with one another.

use mainspring::{App, AppBuilder, Id, Registry};

use crate::company::{Here, here};
use functions::{
    __break_off_call as break_off, __delete_call as delete, __index_call as index, __inflate_call as inflate,
    __like_and_panic_call as like_and_panic, __like_and_read_call as like_and_read, __like_call as like,
    __like_while_call as like_while, __likes_call as likes, __outer_call as outer, __post_call as post,
    __praise_call as praise, Post,
};

#[expect(unreachable_pub, reason = "the arguments of a function are as public as its description")]
mod functions {
    use mainspring::{Error, Id, MutationCtx, QueryCtx, Result, mutation, query, table};

    use crate::company::{here, in_between};

    #[table(name = "posts")]
    #[index(by_likes(likes))]
    pub struct Post {
        pub title: String,
        pub likes: i64,
    }

    #[mutation]
    pub(super) async fn post(ctx: &MutationCtx) -> Result<Id<Post>> {
        Ok(ctx.db.insert(Post { title: "news".into(), likes: 0 }).await?)
    }

    #[query]
    pub(super) async fn likes(ctx: &QueryCtx, id: Id<Post>) -> Result<Option<i64>> {
        Ok(ctx.db.get(id).await?.map(|post| post.likes))
    }

    /// All that the index has, in its order.
    #[query]
    pub(super) async fn index(ctx: &QueryCtx) -> Result<Vec<i64>> {
        let posts = ctx.db.query().with_index(Post::by_likes.gte(i64::MIN)).collect().await?;
        Ok(posts.iter().map(|post| post.likes).collect())
    }

    /// Likes a post, while others (as many as `others`) like it in the middle of one another.
    #[mutation]
    pub(super) async fn like(ctx: &MutationCtx, id: Id<Post>, others: u32) -> Result<()> {
        here(|here| here.runs += 1);
        ctx.db.commute(id, |post: &mut Post| post.likes += 1).await?;
        if others > 0 {
            in_between(|app| Box::pin(async move { app.run_mutation(super::like(id, others - 1)).await }));
        }
        Ok(())
    }

    /// An ordinary patch of the same document.
    #[mutation]
    pub(super) async fn praise(ctx: &MutationCtx, id: Id<Post>) -> Result<()> {
        Ok(ctx.db.patch(id, |post| post.likes += 1_000).await?)
    }

    #[mutation]
    pub(super) async fn delete(ctx: &MutationCtx, id: Id<Post>) -> Result<()> {
        Ok(ctx.db.delete(id).await?)
    }

    /// Likes twice, while somebody else praises or deletes; says what the call of `commute` said.
    #[mutation]
    pub(super) async fn like_while(ctx: &MutationCtx, id: Id<Post>, deleted: bool) -> Result<Option<String>> {
        let run = here(|here| {
            here.runs += 1;
            here.runs
        });
        let outcome = ctx.db.commute(id, |post: &mut Post| post.likes += 1).await;
        if outcome.is_ok() {
            ctx.db.commute(id, |post: &mut Post| post.likes *= 1).await?;
            ctx.db.commute(id, |post: &mut Post| post.likes += 1).await?;
        }
        if run == 1 {
            in_between(|app| {
                Box::pin(async move {
                    if deleted {
                        app.run_mutation(super::delete(id)).await
                    } else {
                        app.run_mutation(super::praise(id)).await
                    }
                })
            });
        }
        Ok(outcome.err().map(|error| error.code().to_owned()))
    }

    /// Likes, then reads in each way, then likes again. Somebody praises meanwhile.
    #[mutation]
    pub(super) async fn like_and_read(ctx: &MutationCtx, id: Id<Post>) -> Result<Vec<i64>> {
        let run = here(|here| {
            here.runs += 1;
            here.runs
        });
        let mut seen = Vec::new();
        ctx.db.commute(id, |post: &mut Post| post.likes += 1).await?;
        for post in ctx.db.query().with_index(Post::by_likes.gte(i64::MIN)).collect().await? {
            seen.push(post.likes);
        }
        ctx.db.commute(id, |post: &mut Post| post.likes += 1).await?;
        seen.push(ctx.db.get(id).await?.map_or(-1, |post| post.likes));
        if run == 1 {
            in_between(|app| Box::pin(async move { app.run_mutation(super::praise(id)).await }));
        }
        ctx.db.commute(id, |post: &mut Post| post.likes += 1).await?;
        Ok(seen)
    }

    #[mutation]
    pub(super) async fn like_and_panic(ctx: &MutationCtx, id: Id<Post>) -> Result<()> {
        Ok(ctx.db.commute(id, |_: &mut Post| panic!("too much praise")).await?)
    }

    /// Makes of the post what no document can be, and takes no notice.
    #[mutation]
    pub(super) async fn inflate(
        ctx: &MutationCtx,
        id: Id<Post>,
        parts: Vec<usize>,
        reads: bool,
    ) -> Result<()> {
        for part in parts {
            ctx.db.commute(id, move |post: &mut Post| post.title.push_str(&"x".repeat(part))).await?;
        }
        if reads {
            assert!(ctx.db.get(id).await.is_err());
        }
        Ok(())
    }

    /// Likes before, inside and after a nested call that reads the likes and fails.
    #[mutation]
    pub(super) async fn outer(ctx: &MutationCtx, id: Id<Post>) -> Result<()> {
        ctx.db.commute(id, |post: &mut Post| post.likes += 1).await?;
        let failed = ctx.run_mutation(super::break_off(id)).await;
        assert_eq!(failed.map_err(|error| error.to_string()), Err("saw 101".into()));
        ctx.db.commute(id, |post: &mut Post| post.likes += 10).await?;
        Ok(())
    }

    #[mutation]
    pub(super) async fn break_off(ctx: &MutationCtx, id: Id<Post>) -> Result<()> {
        ctx.db.commute(id, |post: &mut Post| post.likes += 100).await?;
        let seen = ctx.db.get(id).await?.map_or(0, |post| post.likes);
        ctx.db.commute(id, |post: &mut Post| post.likes += 1_000).await?;
        Err(Error::msg(format!("saw {seen}")))
    }
}

async fn start() -> (App, Id<Post>) {
    start_with(|builder| builder).await
}

async fn start_with(change: impl FnOnce(AppBuilder) -> AppBuilder) -> (App, Id<Post>) {
    let registry = Registry::new().table::<Post>().function::<functions::__post>();
    let registry = registry.function::<functions::__likes>().function::<functions::__index>();
    let registry = registry.function::<functions::__like>().function::<functions::__praise>();
    let registry = registry.function::<functions::__delete>().function::<functions::__like_while>();
    let registry = registry.function::<functions::__like_and_read>();
    let registry = registry.function::<functions::__like_and_panic>().function::<functions::__inflate>();
    let registry = registry.function::<functions::__outer>().function::<functions::__break_off>();
    let app = change(App::builder(registry)).start().await.expect("it starts");
    let id = app.run_mutation(post()).await.expect("posted");
    Here::begin(&app, None);
    (app, id)
}

#[test]
fn sixty_four_mutations_at_once_commute_without_a_conflict() {
    // Each runs in the middle of another, which takes a deep stack.
    let deep = std::thread::Builder::new().stack_size(64 << 20).spawn(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime").block_on(sixty_four_at_once());
    });
    deep.expect("a thread").join().expect("the test passes");
}

async fn sixty_four_at_once() {
    let (app, id) = start().await;
    app.run_mutation(like(id, 63)).await.expect("liked");
    assert_eq!(app.run_query(likes(id)).await.expect("read"), Some(64));
    assert_eq!(app.store_stats().conflicts, 0);
    assert_eq!(here(|here| here.runs), 64, "nobody ran twice");
    assert_eq!(app.run_query(index()).await.expect("read"), [64], "the index has the last change only");
}

#[tokio::test]
async fn a_commuting_change_is_made_to_what_a_patch_left_meanwhile() {
    let (app, id) = start().await;
    assert_eq!(app.run_mutation(like_while(id, false)).await.expect("liked"), None);
    assert_eq!(app.run_query(likes(id)).await.expect("read"), Some(1_002));
    assert_eq!(app.run_query(index()).await.expect("read"), [1_002]);
    assert_eq!((here(|here| here.runs), app.store_stats().conflicts), (1, 0));
}

#[tokio::test]
async fn a_document_deleted_meanwhile_is_found_missing_by_the_call() {
    let (app, id) = start().await;
    let outcome = app.run_mutation(like_while(id, true)).await.expect("it goes on");
    assert_eq!(outcome.as_deref(), Some("DocumentNotFound"));
    assert_eq!(here(|here| here.runs), 2);
    assert_eq!(app.run_query(likes(id)).await.expect("read"), None);
    assert!(app.run_query(index()).await.expect("read").is_empty(), "no key is left behind");
}

#[tokio::test]
async fn a_mutation_that_reads_what_it_commutes_sees_it_and_is_serializable() {
    let (app, id) = start().await;
    let seen = app.run_mutation(like_and_read(id)).await.expect("liked");
    assert_eq!(seen, [1_001, 1_002], "the second run saw the praise and its own changes");
    assert_eq!(here(|here| here.runs), 2, "what was read makes it an ordinary change");
    assert_eq!(app.run_query(likes(id)).await.expect("read"), Some(1_003));
    assert_eq!(app.run_query(index()).await.expect("read"), [1_003]);
}

#[tokio::test]
async fn a_failed_nested_call_takes_back_its_commuting_changes_and_no_others() {
    let (app, id) = start().await;
    app.run_mutation(outer(id)).await.expect("it goes on");
    assert_eq!(app.run_query(likes(id)).await.expect("read"), Some(11));
    assert_eq!(app.run_query(index()).await.expect("read"), [11]);
}

#[tokio::test]
async fn a_commuting_change_that_panics_fails_its_mutation_alone() {
    let (app, id) = start().await;
    let error = app.run_mutation(like_and_panic(id)).await.expect_err("it panics");
    assert_eq!(error.code(), "Panicked");
    assert!(error.to_string().contains("too much praise"), "{error}");
    app.run_mutation(like(id, 0)).await.expect("the gate is free");
    assert_eq!(app.run_query(likes(id)).await.expect("read"), Some(1));
}

#[tokio::test]
async fn a_commuting_change_that_cannot_be_made_fails_its_mutation_also_if_a_read_has_said_so() {
    let (app, id) = start().await;
    // At once, and in two parts of which each is possible.
    for parts in [vec![2 << 20], vec![600 << 10; 2]] {
        for reads in [false, true] {
            let inflated = app.run_mutation(inflate(id, parts.clone(), reads)).await;
            let error = inflated.expect_err("the title is too long").to_string();
            assert!(error.contains("posts"), "{error}");
        }
    }
    assert_eq!(app.run_query(likes(id)).await.expect("read"), Some(0));
}

#[tokio::test]
async fn commuting_changes_are_durable() {
    let folder = tempfile::tempdir().expect("a folder");
    let (app, id) = start_with(|builder| builder.data_dir(folder.path())).await;
    app.run_mutation(like(id, 0)).await.expect("liked");
    app.shutdown().await.expect("closed");
    let (app, _) = start_with(|builder| builder.data_dir(folder.path())).await;
    assert_eq!(app.run_query(likes(id)).await.expect("read"), Some(1));
    assert_eq!(app.run_query(index()).await.expect("read"), [0, 1]);
    app.run_mutation(praise(id)).await.expect("praised");
}
