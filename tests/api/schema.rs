//! What happens to stored data when the application's tables change.

use mainspring::{App, Registry, StartError};
use tempfile::TempDir;

/// The table as it was.
mod before {
    use mainspring::{MutationCtx, Result, mutation, table};

    #[table(name = "notes")]
    #[index(by_author(author))]
    #[index(by_text(text))]
    pub(super) struct Note {
        pub(super) author: String,
        pub(super) text: String,
        pub(super) stars: i64,
    }

    #[mutation]
    pub(super) async fn add(ctx: &MutationCtx, author: String, stars: i64) -> Result<String> {
        let text = format!("{author} writes");
        Ok(ctx.db.insert(Note { author, text, stars }).await?.to_string())
    }
}

/// Optional and defaulted fields were added, an index was added, one removed, one changed.
mod after {
    use mainspring::{QueryCtx, Result, query, table};

    #[table(name = "notes")]
    #[index(by_author(author, stars))]
    #[index(by_stars(stars))]
    pub(super) struct Note {
        pub(super) author: String,
        pub(super) text: String,
        pub(super) stars: i64,
        pub(super) subtitle: Option<String>,
        #[serde(default)]
        pub(super) tags: Vec<String>,
    }

    #[query]
    pub(super) async fn by_stars(ctx: &QueryCtx, least: i64) -> Result<Vec<String>> {
        let notes = ctx.db.query().with_index(Note::by_stars.gte(least)).collect().await?;
        assert!(notes.iter().all(|note| note.subtitle.is_none() && note.tags.is_empty()));
        Ok(notes.into_iter().map(|note| note.value.author).collect())
    }

    #[query]
    pub(super) async fn of_author(ctx: &QueryCtx, author: String) -> Result<Vec<i64>> {
        let notes = ctx.db.query().with_index(Note::by_author.eq(author)).collect().await?;
        Ok(notes.iter().map(|note| note.stars).collect())
    }
}

/// A field has another type, and there is a new one without a default.
mod broken {
    use mainspring::table;

    #[table(name = "notes")]
    pub(super) struct Note {
        pub(super) stars: String,
    }
}

/// The same fields, but an enum where there was a text: documents decode, index keys change.
mod renamed {
    use mainspring::{QueryCtx, Result, query, table, value};

    #[value]
    pub(super) enum Author {
        #[serde(rename = "Z", alias = "ann")]
        Ann,
        #[serde(rename = "A", alias = "bob")]
        Bob,
    }

    #[table(name = "notes")]
    #[index(by_author(author))]
    pub(super) struct Note {
        pub(super) author: Author,
        pub(super) stars: i64,
    }

    #[query]
    pub(super) async fn of_ann(ctx: &QueryCtx) -> Result<Vec<i64>> {
        let notes = ctx.db.query().with_index(Note::by_author.eq(Author::Ann)).collect().await?;
        Ok(notes.iter().map(|note| note.stars).collect())
    }
}

async fn start(folder: &TempDir, registry: Registry) -> Result<App, StartError> {
    App::builder(registry).data_dir(folder.path()).start().await
}

async fn with_two_notes() -> TempDir {
    let folder = TempDir::new().expect("a folder");
    let registry = Registry::new().table::<before::Note>().function::<before::__add>();
    let app = start(&folder, registry).await.expect("starts");
    for (author, stars) in [("ann", 3), ("bob", 5)] {
        app.run_mutation(before::__add_call(author.into(), stars)).await.expect("added");
    }
    app.shutdown().await.expect("stopped");
    folder
}

#[tokio::test]
async fn added_fields_need_nothing_and_new_indexes_are_built() {
    let folder = with_two_notes().await;
    let registry = || {
        let registry = Registry::new().table::<after::Note>();
        registry.function::<after::__by_stars>().function::<after::__of_author>()
    };
    for _ in 0..2 {
        let app = start(&folder, registry()).await.expect("starts");
        assert_eq!(app.run_query(after::__by_stars_call(1)).await.expect("read"), ["ann", "bob"]);
        assert_eq!(app.run_query(after::__by_stars_call(4)).await.expect("read"), ["bob"]);
        assert_eq!(app.run_query(after::__of_author_call("ann".into())).await.expect("read"), [3]);
        app.shutdown().await.expect("stopped");
    }
}

#[tokio::test]
async fn documents_that_no_longer_decode_are_reported_before_anything_is_served() {
    let folder = with_two_notes().await;
    let error = start(&folder, Registry::new().table::<broken::Note>()).await.err().expect("refused");
    assert_eq!(error.code(), "UndecodableDocuments");
    let report = error.to_string();
    assert!(report.starts_with("2 stored documents"), "{report}");
    assert_eq!(report.matches("of table `notes`").count(), 2, "{report}");
    assert!(report.contains("stars"), "{report}");
    // Nothing was changed: the application of before still starts and finds everything.
    let registry = Registry::new().table::<before::Note>().function::<before::__add>();
    start(&folder, registry).await.expect("starts").shutdown().await.expect("stopped");
}

#[tokio::test]
async fn an_index_whose_keys_have_changed_is_built_anew() {
    let folder = with_two_notes().await;
    let registry = Registry::new().table::<renamed::Note>().function::<renamed::__of_ann>();
    let app = start(&folder, registry).await.expect("starts");
    assert_eq!(app.run_query(renamed::__of_ann_call()).await.expect("read"), [3]);
}

#[tokio::test]
async fn a_table_that_is_gone_for_a_while_keeps_its_documents() {
    let folder = with_two_notes().await;
    start(&folder, Registry::new()).await.expect("starts").shutdown().await.expect("stopped");
    let registry = Registry::new().table::<after::Note>().function::<after::__by_stars>();
    let app = start(&folder, registry).await.expect("starts");
    assert_eq!(app.run_query(after::__by_stars_call(1)).await.expect("read"), ["ann", "bob"]);
}

#[tokio::test]
async fn duplicates_and_knobs_out_of_bounds_stop_the_start() {
    let twice = Registry::new().table::<before::Note>().table::<after::Note>();
    let error = App::builder(twice).start().await.err().expect("refused");
    assert_eq!(
        error.to_string(),
        "two structs declare the table `notes`: `api::schema::before::Note` at tests/api/schema.rs:10 and \
         `api::schema::after::Note` at tests/api/schema.rs:30; give one another `name`"
    );
    let twice = Registry::new().function::<before::__add>().function::<before::__add>();
    let error = App::builder(twice).start().await.err().expect("refused");
    assert_eq!(error.code(), "DuplicateFunction");
    assert_eq!(
        error.to_string(),
        "two functions have the path `schema/before:add`: `api::schema::before::add` at tests/api/schema.rs:19 and \
         `api::schema::before::add` at tests/api/schema.rs:19; rename one, or move it"
    );
    let mut knobs = mainspring::Knobs::default();
    knobs.scheduled_actions = 0;
    let error = App::builder(Registry::new()).knobs(knobs).start().await.err().expect("refused");
    assert_eq!(error.to_string(), "`Knobs::scheduled_actions` is 0, but it must be at least 1");
}
