//! Transactions: all or nothing, nested calls, conflicts.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use mainspring::{App, Id, Registry};
use mainspring_tests::tables::Account;
use mainspring_tests::{api, start};
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

/// Two mutations that look for the same key, find nothing, wait for each other, and insert it.
mod meeting {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use mainspring::{Id, MutationCtx, QueryCtx, Result, mutation, query};
    use mainspring_tests::tables::Account;

    pub(super) static RUNS: AtomicUsize = AtomicUsize::new(0);
    static BOTH: Barrier = Barrier::new(2);

    #[mutation]
    pub(super) async fn find_or_open(ctx: &MutationCtx, owner: String) -> Result<Id<Account>> {
        let found = ctx.db.query().with_index(Account::by_owner.eq(owner.as_str())).first().await?;
        if RUNS.fetch_add(1, Ordering::SeqCst) < 2 {
            BOTH.wait();
        }
        match found {
            Some(account) => Ok(account.id),
            None => Ok(ctx.db.insert(Account { owner, balance: 0 }).await?),
        }
    }

    #[query]
    pub(super) async fn count(ctx: &QueryCtx) -> Result<usize> {
        Ok(ctx.db.query::<Account>().collect().await?.len())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serializable_ranges_have_no_phantoms() {
    let registry = Registry::new().table::<Account>();
    let registry = registry.function::<meeting::__find_or_open>().function::<meeting::__count>();
    let app = App::builder(registry).start().await.expect("starts");
    let mut callers = JoinSet::new();
    for _ in 0..2 {
        let app = app.clone();
        callers.spawn(async move {
            app.run_mutation(meeting::__find_or_open_call("ann".into())).await.expect("no conflict shows")
        });
    }
    let found = callers.join_all().await;
    assert_eq!(found[0], found[1]);
    assert_eq!(app.run_query(meeting::__count_call()).await.expect("read"), 1);
    assert_eq!(meeting::RUNS.load(Ordering::SeqCst), 3, "the loser runs again, once");
}
