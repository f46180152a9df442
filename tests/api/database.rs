//! Reading: index ranges, order, filters, own writes.

use std::time::Duration;

use mainspring::testing::TestApp;
use mainspring::{App, Bytes};
use mainspring_tests::tables::Status;
use mainspring_tests::{api, registry, start};

async fn add(app: &App, rank: i32, label: Option<&str>) {
    let label = label.map(str::to_owned);
    let call = api::samples::add(rank, label, f64::from(rank) / 2.0, Bytes::default(), Vec::new(), None);
    app.run_mutation(call).await.expect("added");
}

async fn with_ranks(ranks: impl IntoIterator<Item = i32>) -> App {
    let app = start().await;
    for rank in ranks {
        add(&app, rank, None).await;
    }
    app
}

#[tokio::test]
async fn a_range_gives_what_lies_between_its_bounds_in_order() {
    let app = with_ranks([5, -3, 0, 12, 7, -300, 1_000_000]).await;
    let ranks = |from, below, descending| app.run_query(api::samples::ranks(from, below, descending));
    assert_eq!(ranks(-3, 12, false).await.expect("read"), [-3, 0, 5, 7]);
    assert_eq!(ranks(-3, 12, true).await.expect("read"), [7, 5, 0, -3]);
    assert_eq!(ranks(i32::MIN, i32::MAX, false).await.expect("read"), [-300, -3, 0, 5, 7, 12, 1_000_000]);
    assert_eq!(ranks(8, 3, false).await.expect("read"), [0; 0]);
}

#[tokio::test]
async fn long_ranges_come_in_batches_without_gaps() {
    let app = with_ranks(0..1_000).await;
    let up = app.run_query(api::samples::ranks(0, 1_000, false)).await.expect("read");
    assert_eq!(up, (0..1_000).collect::<Vec<_>>());
    let down = app.run_query(api::samples::ranks(100, 900, true)).await.expect("read");
    assert_eq!(down, (100..900).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn null_and_text_are_told_apart_by_the_index() {
    let app = start().await;
    add(&app, 1, None).await;
    add(&app, 1, Some("")).await;
    add(&app, 1, Some("a")).await;
    let labelled = |label: Option<&str>| app.run_query(api::samples::labelled(1, label.map(str::to_owned)));
    for label in [None, Some(""), Some("a")] {
        let found = labelled(label).await.expect("read").expect("it is there");
        assert_eq!(found.label.as_deref(), label);
    }
    assert!(labelled(Some("b")).await.expect("read").is_none());
}

#[tokio::test]
async fn unique_refuses_a_second_document() {
    let app = with_ranks([1, 1]).await;
    let error = app.run_query(api::samples::labelled(1, None)).await.expect_err("there are two");
    assert_eq!(error.code(), "NotUnique");
}

#[tokio::test]
async fn a_walk_sees_what_the_function_writes_while_it_walks() {
    let app = with_ranks([0, 1, 2, 3]).await;
    let seen = app.run_mutation(api::samples::walk_and_change()).await.expect("walked");
    assert_eq!(seen, [0, 2, 3, 50], "1 was deleted and 50 inserted ahead of the walk, -1 behind it");
    let after = app.run_query(api::samples::ranks(-10, 100, false)).await.expect("read");
    assert_eq!(after, [-1, 0, 2, 3, 50]);
}

#[tokio::test]
async fn a_walk_over_many_documents_sees_every_change_in_its_place() {
    let app = with_ranks(0..49).await;
    let seen = app.run_mutation(api::samples::walk_and_change()).await.expect("walked");
    let expected: Vec<i32> = (0..49).filter(|rank| *rank != 1).chain([50]).collect();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn a_filter_keeps_the_order_of_creation_and_stops_when_it_has_enough() {
    let app = with_ranks([9, 2, 8, 1, 0]).await;
    let light = app.run_query(api::samples::lighter_than(4.5, 2)).await.expect("read");
    assert_eq!(light, [2, 8]);
    assert_eq!(app.run_query(api::samples::lighter_than(4.5, 0)).await.expect("read"), [0; 0]);
}

#[tokio::test]
async fn descending_order_over_equal_prefixes_follows_the_next_field() {
    let app = TestApp::new(registry()).await;
    for data in ["a", "b", "c"] {
        app.run_mutation(api::jobs::insert(data.into(), Status::Pending)).await.expect("inserted");
        app.clock().advance(Duration::from_secs(1));
    }
    app.run_mutation(api::jobs::insert("other".into(), Status::Failed)).await.expect("inserted");
    let newest = app.run_query(api::jobs::newest_first(Status::Pending)).await.expect("read");
    assert_eq!(newest, ["c", "b", "a"]);
}
