//! Pages and their cursors.

use mainspring::{App, Bytes, Cursor, Page, PaginationOptions};
use mainspring_tests::{api, start};

async fn add(app: &App, rank: i32) {
    let call = api::samples::add(rank, None, 0.0, Bytes::default(), Vec::new(), None);
    app.run_mutation(call).await.expect("added");
}

async fn page(app: &App, cursor: Option<Cursor>, count: usize) -> Page<i32> {
    let options = match cursor {
        Some(cursor) => PaginationOptions::after(cursor, count),
        None => PaginationOptions::first(count),
    };
    app.run_query(api::samples::page(options)).await.expect("read")
}

#[tokio::test]
async fn pages_cover_everything_once() {
    let app = start().await;
    for rank in 0..25 {
        add(&app, rank).await;
    }
    let (mut cursor, mut seen) = (None, Vec::<i32>::new());
    loop {
        let page = page(&app, cursor, 10).await;
        seen.extend(page.page.iter().copied());
        if page.is_done {
            break;
        }
        cursor = Some(page.continue_cursor);
    }
    assert_eq!(seen, (0..25).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_cursor_survives_inserts_before_and_after_it() {
    let app = start().await;
    for rank in [10, 20, 30, 40] {
        add(&app, rank).await;
    }
    let first = page(&app, None, 2).await;
    assert_eq!(first.page, [10, 20]);
    for rank in [5, 15, 25, 35] {
        add(&app, rank).await;
    }
    let second = page(&app, Some(first.continue_cursor.clone()), 10).await;
    assert_eq!(second.page, [25, 30, 35, 40]);
    assert!(second.is_done);
    // Asked for again up to the same end, the first page shows what came in between.
    let mut again = PaginationOptions::first(2);
    again.end_cursor = Some(first.continue_cursor);
    let again = app.run_query(api::samples::page(again)).await.expect("read");
    assert_eq!(again.page, [5, 10, 15, 20]);
}

#[tokio::test]
async fn a_page_of_an_empty_table_is_done() {
    let app = start().await;
    let first = page(&app, None, 5).await;
    assert!(first.page.is_empty() && first.is_done);
    let next = page(&app, Some(first.continue_cursor), 5).await;
    assert!(next.page.is_empty() && next.is_done);
}

#[tokio::test]
async fn a_page_of_nothing_goes_on_from_where_it_was() {
    let app = start().await;
    add(&app, 1).await;
    let none = page(&app, None, 0).await;
    assert!(none.page.is_empty() && !none.is_done);
    assert_eq!(page(&app, Some(none.continue_cursor), 5).await.page, [1]);
}

#[tokio::test]
async fn a_foreign_cursor_is_refused() {
    let app = start().await;
    let arguments = r#"{"options": {"numItems": 3, "cursor": "AAAAAAAA"}}"#;
    let failure = app.call_json("samples:page", arguments).await.expect_err("refused");
    assert!(failure.message.contains("cursor does not belong"), "{}", failure.message);
}
