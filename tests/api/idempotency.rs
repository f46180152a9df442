//! Idempotency keys: the second call gets the first's result.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use mainspring::testing::TestApp;
use mainspring::{App, Identity, Registry};
use mainspring_tests::functions::orders::{self, Placed};
use mainspring_tests::functions::retries;
use mainspring_tests::tables::Event;
use mainspring_tests::{api, registry, start};
use tempfile::TempDir;

use crate::functions::{edges, renamed};

async fn events(app: &App) -> Vec<String> {
    app.run_query(api::retries::events()).await.expect("read")
}

async fn place(app: &App, item: &str, key: &str) -> mainspring::Result<Placed> {
    app.run_mutation(api::orders::place(item.into(), (1 << 60) + 1).idempotency_key(key)).await
}

#[tokio::test]
async fn the_second_call_gets_what_the_first_returned() {
    let app = TestApp::new(registry()).await;
    let first = place(&app, "tea", "k").await.expect("placed");
    assert_eq!((first.cents, first.weight), ((1 << 60) + 1, f64::NEG_INFINITY));
    assert_eq!(place(&app, "tea", "k").await.expect("placed"), first);
    let call = api::orders::place("tea".into(), first.cents).idempotency_key("k");
    assert_eq!(app.submit_mutation(call).await.await.expect("placed"), first);
    assert_eq!(events(&app).await, ["order of tea"]);
    assert_ne!(place(&app, "tea", "another").await.expect("placed"), first);
    app.run_mutation(api::orders::place("tea".into(), first.cents)).await.expect("placed");
    assert_eq!(events(&app).await.len(), 3, "other keys, and calls without one, are calls of their own");
}

#[tokio::test]
async fn a_key_stands_for_one_call() {
    let app = TestApp::new(registry()).await;
    place(&app, "tea", "k").await.expect("placed");
    let error = place(&app, "coffee", "k").await.expect_err("other arguments");
    assert_eq!(error.code(), "IdempotencyKeyTaken");
    assert!(error.to_string().contains("`k`") && error.to_string().contains("other arguments"), "{error}");
    let same_arguments = api::orders::give_up("tea".into(), (1 << 60) + 1).idempotency_key("k");
    let error = app.run_mutation(same_arguments).await.expect_err("another function");
    assert_eq!(error.code(), "IdempotencyKeyTaken");
    assert!(error.to_string().contains("`orders:place`"), "{error}");
    assert_eq!(events(&app).await, ["order of tea"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_duplicates_at_the_same_time_one_runs_and_all_get_its_result() {
    let app = start().await;
    for round in 0..20 {
        let key: Arc<str> = format!("k{round}").into();
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let (app, key) = (app.clone(), Arc::clone(&key));
                tokio::spawn(async move { place(&app, "tea", &key).await.expect("placed") })
            })
            .collect();
        let mut placed = Vec::new();
        for task in tasks {
            placed.push(task.await.expect("it ended"));
        }
        assert!(placed.iter().all(|other| *other == placed[0]), "{placed:?}");
        assert_eq!(events(&app).await.len(), round + 1);
    }
}

#[tokio::test]
async fn a_call_that_loses_a_conflict_to_its_duplicate_gets_the_duplicates_result() {
    let app = TestApp::new(registry()).await;
    app.lose_next("orders:place");
    let first = place(&app, "tea", "k").await.expect("placed");
    app.lose_next("orders:place");
    assert_eq!(place(&app, "tea", "k").await.expect("placed"), first);
    assert_eq!(events(&app).await, ["order of tea"]);
}

#[tokio::test]
async fn a_call_that_fails_is_not_recorded() {
    let app = TestApp::new(registry()).await;
    let error = place(&app, "nothing", "k").await.expect_err("refused");
    assert!(error.is_app());
    let again = place(&app, "nothing", "k").await.expect_err("it ran again, and is refused again");
    assert!(again.is_app());
    place(&app, "tea", "k").await.expect("the key stands for nothing yet");
}

#[tokio::test]
async fn keys_are_the_callers_own() {
    let app = TestApp::new(registry()).await;
    let [ann, bob] = ["ann", "bob"].map(|name| app.with_identity(Identity::new("https://id.test", name)));
    let of_ann = place(&ann, "tea", "1").await.expect("placed");
    let of_bob = place(&bob, "coffee", "1").await.expect("placed, and not told what Ann has");
    let of_nobody = place(&app, "tea", "1").await.expect("placed");
    assert!(of_ann != of_bob && of_ann != of_nobody);
    assert_eq!(place(&ann, "tea", "1").await.expect("placed"), of_ann);
    assert_eq!(events(&app).await.len(), 3);
}

#[tokio::test]
async fn a_key_is_remembered_as_long_as_the_knob_says_and_then_removed() {
    let app = TestApp::with(registry(), |builder| {
        let mut knobs = mainspring::Knobs::default();
        knobs.idempotency_retention = Duration::from_secs(30);
        builder.knobs(knobs)
    })
    .await;
    let first = place(&app, "tea", "k").await.expect("placed");
    app.advance(Duration::from_secs(30)).await;
    assert_eq!(place(&app, "tea", "k").await.expect("placed"), first);
    app.advance(Duration::from_secs(1)).await;
    let second = place(&app, "tea", "k").await.expect("placed");
    assert_ne!(second, first, "its time was over, though nobody had removed it yet");
    assert_eq!(place(&app, "tea", "k").await.expect("placed"), second);
    let documents = async || app.check().await.expect("checked").documents;
    let before = documents().await;
    app.advance(Duration::from_mins(11)).await;
    assert_eq!(documents().await, before - 1);
}

#[tokio::test]
async fn the_key_of_a_nested_call_is_part_of_the_transaction() {
    let app = TestApp::new(registry()).await;
    let inside =
        |item: &str, fails| app.run_mutation(api::orders::place_inside("k".into(), item.into(), fails));
    inside("coffee", true).await.expect_err("it fails at its end");
    let placed = inside("tea", false).await.expect("the key was given back");
    assert_eq!(inside("tea", false).await.expect("placed before"), placed);
    assert_eq!(events(&app).await, ["order of tea"]);
}

#[tokio::test]
async fn an_action_that_is_retried_under_its_own_key_commits_once() {
    let mut app = TestApp::new(registry()).await;
    app.run_mutation(api::orders::order_later("tea".into())).await.expect("scheduled");
    app.run_mutation(api::orders::order_later("tea".into())).await.expect("scheduled");
    app.run_until_idle().await;
    app.crash().await;
    let left = app.advance(Duration::from_mins(1)).await;
    assert!(left.is_empty(), "{left}");
    let events = events(&app).await;
    let orders = events.iter().filter(|event| *event == "order of tea").count();
    assert_eq!((orders, events.len()), (2, 2 + 2 * 3), "{events:?}");
}

#[tokio::test]
async fn a_key_holds_over_a_restart_and_a_new_name_of_the_function() {
    let folder = TempDir::new().expect("a folder");
    let open = |registry: Registry| App::builder(registry).data_dir(folder.path()).start();
    let app = open(registry()).await.expect("starts");
    let first = place(&app, "tea", "k").await.expect("placed");
    app.shutdown().await.expect("stopped");
    drop(app);
    let later = || Registry::new().table::<Event>().function::<retries::__events>();
    let app = open(later().function::<orders::__place>()).await.expect("starts");
    assert_eq!(place(&app, "tea", "k").await.expect("placed"), first);
    app.shutdown().await.expect("stopped");
    drop(app);
    let app = open(later().function::<renamed::__place_order>()).await.expect("starts");
    let call = renamed::__place_order_call("tea".into(), (1 << 60) + 1).idempotency_key("k");
    assert_eq!(app.run_mutation(call).await.expect("placed"), first);
    app.shutdown().await.expect("stopped");
    drop(app);
    let app = open(later().function::<renamed::__count_orders>()).await.expect("starts");
    let call = renamed::__count_orders_call("tea".into(), (1 << 60) + 1).idempotency_key("k");
    let error = app.run_mutation(call).await.expect_err("it returned something else then");
    assert_eq!(error.code(), "IdempotentResultUnreadable");
    assert_eq!(events(&app).await, ["order of tea"]);
}

/// Two maps of the same entries seldom show them in the same order.
#[tokio::test]
async fn arguments_are_the_same_whatever_the_order_of_a_map() {
    let registry = Registry::new().table::<Event>().function::<edges::__count_stock>();
    let app = TestApp::new(registry.function::<retries::__events>()).await;
    let stock = |of: u32| (0..20).map(move |n| (format!("item {n}"), n + of)).collect::<HashMap<_, _>>();
    for _ in 0..4 {
        let call = edges::__count_stock_call(stock(1)).idempotency_key("k");
        assert_eq!(app.run_mutation(call).await.expect("the same call"), 210);
    }
    assert_eq!(events(&app).await, ["counted"]);
    let call = edges::__count_stock_call(stock(2)).idempotency_key("k");
    assert_eq!(app.run_mutation(call).await.expect_err("another call").code(), "IdempotencyKeyTaken");
}

#[tokio::test]
async fn keys_have_a_length() {
    let app = TestApp::new(registry()).await;
    for key in [String::new(), "k".repeat(1_025)] {
        let error = place(&app, "tea", &key).await.expect_err("refused");
        assert_eq!(error.code(), "InvalidIdempotencyKey");
    }
    place(&app, "tea", &"k".repeat(1_024)).await.expect("placed");
    assert_eq!(events(&app).await.len(), 1);
}
