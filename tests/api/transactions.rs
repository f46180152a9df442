//! Transactions: all or nothing, nested calls, conflicts.

use std::sync::Arc;

use mainspring::{App, Id};
use mainspring_tests::tables::Account;
use mainspring_tests::{api, internal, start};
use tokio::task::JoinSet;

#[tokio::test]
async fn a_failed_nested_mutation_takes_back_just_its_own_part() {
    let app = start().await;
    assert_eq!(app.run_mutation(api::nested::survive_failure()).await.expect("it goes on"), 2);
    assert_eq!(app.run_query(api::accounts::total()).await.expect("read"), 11);
    app.idle().await;
    assert!(app.run_query(api::reminders::scheduled()).await.expect("read").is_empty());
}

#[tokio::test]
async fn a_failed_mutation_leaves_nothing() {
    let app = start().await;
    let ann = app.run_mutation(api::accounts::open("ann".into(), 1)).await.expect("opened");
    app.run_mutation(api::accounts::transfer(ann, ann, 100)).await.expect_err("refused");
    app.run_mutation(api::reminders::remind_and_fail()).await.expect_err("refused");
    assert_eq!(app.run_query(api::accounts::total()).await.expect("read"), 1);
    assert!(app.run_query(api::reminders::waiting()).await.expect("read").is_empty());
}

/// Transfers among few accounts from several threads: all conflict with all.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_conflict_reaches_the_app_and_no_money_is_lost() {
    let app = start().await;
    let mut accounts: Vec<Id<Account>> = Vec::new();
    for n in 0..3 {
        accounts.push(app.run_mutation(api::accounts::open(format!("{n}"), 1_000)).await.expect("opened"));
    }
    let accounts = Arc::new(accounts);
    let mut workers = JoinSet::new();
    for worker in 0..8_usize {
        let (app, accounts) = (app.clone(), Arc::clone(&accounts));
        workers.spawn(async move {
            for n in 0..300_usize {
                let from = accounts[(worker + n) % 3];
                let to = accounts[(worker + n + 1) % 3];
                if let Err(error) = app.run_mutation(api::accounts::transfer(from, to, 1)).await {
                    assert!(error.is_app(), "only a refusal may come back, not {error}");
                }
            }
        });
    }
    while let Some(worker) = workers.join_next().await {
        worker.expect("no worker fails");
    }
    assert_eq!(app.run_query(api::accounts::total()).await.expect("read"), 3_000);
    println!("conflicts that were resolved inside: {}", app.store_stats().conflicts);
}

/// Everybody looks for the same key, finds nothing, and inserts it: one must win.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn serializable_ranges_have_no_phantoms() {
    let app = start().await;
    for round in 0..50 {
        let owner = format!("owner {round}");
        let found = everybody(&app, 8, owner).await;
        assert!(found.iter().all(|id| *id == found[0]), "round {round}: {found:?}");
    }
    assert_eq!(app.run_query(internal::nested::count()).await.expect("read"), 50);
}

async fn everybody(app: &App, count: usize, owner: String) -> Vec<Id<Account>> {
    let mut callers = JoinSet::new();
    for _ in 0..count {
        let (app, owner) = (app.clone(), owner.clone());
        callers
            .spawn(async move { app.run_mutation(api::accounts::find_or_open(owner)).await.expect("done") });
    }
    callers.join_all().await
}
