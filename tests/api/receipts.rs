//! Submitted mutations: order, errors, what a receipt promises.

use mainspring::{App, Id, Receipt};
use mainspring_tests::tables::Account;
use mainspring_tests::{api, registry, start};
use tempfile::TempDir;

async fn open(app: &App, owner: &str, balance: i64) -> Id<Account> {
    app.run_mutation(api::accounts::open(owner.into(), balance)).await.expect("opened")
}

async fn balance(app: &App, account: Id<Account>) -> Option<i64> {
    app.run_query(api::accounts::balance(account)).await.expect("read")
}

/// The transfers after the first can only be made with what came by the ones before.
#[tokio::test]
async fn submitted_mutations_run_in_order_and_each_sees_those_before_it() {
    let app = start().await;
    let (ann, bob, cid) =
        (open(&app, "ann", 10).await, open(&app, "bob", 0).await, open(&app, "cid", 0).await);
    let first = app.submit_mutation(api::accounts::transfer(ann, bob, 10)).await;
    let second = app.submit_mutation(api::accounts::transfer(bob, cid, 10)).await;
    assert_eq!(balance(&app, cid).await, Some(10), "it is visible before anybody asks for its result");
    second.await.expect("bob had it from ann");
    first.await.expect("in any order");
}

#[tokio::test]
async fn an_error_comes_out_of_its_own_receipt_and_keeps_nobody_from_running() {
    let app = start().await;
    let (ann, bob) = (open(&app, "ann", 10).await, open(&app, "bob", 0).await);
    let mut receipts = Vec::new();
    for amount in [4, 100, 6] {
        receipts.push(app.submit_mutation(api::accounts::transfer(ann, bob, amount)).await);
    }
    let mut refused = Vec::new();
    for receipt in receipts {
        refused.push(receipt.await.is_err_and(|error| error.is_app()));
    }
    assert_eq!(refused, [false, true, false]);
    assert_eq!(balance(&app, bob).await, Some(10));
}

#[tokio::test]
async fn a_dropped_receipt_gives_up_the_answer_and_not_the_commit() {
    let folder = TempDir::new().expect("a folder");
    let start = async || App::builder(registry()).data_dir(folder.path()).start().await.expect("starts");
    let app = start().await;
    for n in 0..50 {
        drop(app.submit_mutation(api::accounts::open(format!("{n}"), 1)).await);
    }
    app.shutdown().await.expect("stopped");
    assert_eq!(start().await.run_query(api::accounts::total()).await.expect("read"), 50);
}

#[tokio::test]
async fn receipts_from_before_a_shutdown_are_answered_and_later_ones_are_refused() {
    let folder = TempDir::new().expect("a folder");
    let app = App::builder(registry()).data_dir(folder.path()).start().await.expect("starts");
    let mut receipts: Vec<Receipt<Id<Account>>> = Vec::new();
    for n in 0..50 {
        receipts.push(app.submit_mutation(api::accounts::open(format!("{n}"), 1)).await);
    }
    app.shutdown().await.expect("stopped");
    for receipt in receipts {
        receipt.await.expect("it was made durable");
    }
    let late = app.submit_mutation(api::accounts::open("late".into(), 1)).await;
    assert_eq!(late.await.expect_err("refused").code(), "ShuttingDown");
}
