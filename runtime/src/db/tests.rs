//! Transactions and schema over a store in memory: indexes against a model, a crash while an index is built.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::catalog::Catalog;
use super::definition::TableDefinition;
use super::index::{Comparable, Index};
use super::query::Query;
use super::schema;
use super::transaction::{CommitFailure, Setup, Transaction};
use crate::knobs::TransactionLimits;
use crate::store::{Order, Store};
use crate::value::{Document, DocumentId, EncodeError, Id, IndexSpec, KeyWriter, Timestamp, Value};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Card {
    suit: Option<String>,
    rank: i32,
}

impl Value for Card {}
impl Document for Card {
    const TABLE: &'static str = "cards";
    const INDEXES: &'static [IndexSpec] = &[
        IndexSpec { name: "by_suit_and_rank", fields: &["suit", "rank"] },
        IndexSpec { name: "by_rank", fields: &["rank"] },
    ];

    fn index_key(&self, index: usize, key: &mut KeyWriter) -> Result<(), EncodeError> {
        if index == 0 {
            key.field(&self.suit)?;
        }
        key.field(&self.rank)
    }
}

/// The same table before it had the index.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Unindexed {
    suit: Option<String>,
    rank: i32,
}

impl Value for Unindexed {}
impl Document for Unindexed {
    const TABLE: &'static str = "cards";
    const INDEXES: &'static [IndexSpec] = &[];

    fn index_key(&self, _: usize, _: &mut KeyWriter) -> Result<(), EncodeError> {
        Ok(())
    }
}

const BY_SUIT_AND_RANK: Index<Card, (Option<String>, (i32, ()))> = Index::new(0);
const BY_RANK: Index<Card, (i32, ())> = Index::new(1);

fn store() -> Store {
    Store::memory(|| 1)
}

fn begin(store: &Store, catalog: &Arc<Catalog>, seed: u64) -> Transaction {
    begin_within(TransactionLimits::UNLIMITED, store, catalog, seed)
}

fn begin_within(limits: TransactionLimits, store: &Store, catalog: &Arc<Catalog>, seed: u64) -> Transaction {
    let setup = Setup {
        catalog: Arc::clone(catalog),
        limits,
        now: Timestamp::from_micros(i64::try_from(seed).expect("small")),
        clock: None,
        seed,
        time: None,
    };
    Transaction::mutation(store.transaction(), setup)
}

async fn commit(mut transaction: Transaction, store: &Store) {
    match transaction.commit(store, None).await {
        Ok(_) => {}
        Err(CommitFailure::Conflict(conflict)) => panic!("nobody else commits: {conflict:?}"),
        Err(CommitFailure::Error(error)) => panic!("{error}"),
        Err(CommitFailure::Panic(_)) => panic!("nothing commutes"),
    }
}

fn suit(random: &mut fastrand::Rng) -> Option<String> {
    random
        .choice([None, Some(""), Some("clubs"), Some("clubs\0"), Some("hearts")])
        .flatten()
        .map(str::to_owned)
}

/// Random writes, also inside nested calls that fail, against a map; after each, every order and range agrees.
#[tokio::test]
async fn indexes_agree_with_a_model_whatever_is_written() {
    let mut random = fastrand::Rng::with_seed(crate::testing::seed());
    let store = store();
    let catalog = schema::open(&store, &[TableDefinition::of::<Card>()]).await.expect("opens");
    let catalog = Arc::new(catalog);
    let mut model: BTreeMap<Id<Card>, Card> = BTreeMap::new();
    for round in 1..120 {
        let transaction = begin(&store, &catalog, round * 1_000);
        for _ in 0..random.usize(1..12) {
            let nested = transaction.begin_nested();
            let before = model.clone();
            for _ in 0..random.usize(1..4) {
                write(&transaction, &mut model, &mut random).await;
            }
            if random.u8(..) < 64 {
                drop(nested);
                model = before;
            } else {
                nested.keep();
            }
            compare(&transaction, &model, &mut random).await;
        }
        commit(transaction, &store).await;
    }
    assert!(model.len() > 20, "the workload has no force");
}

async fn write(transaction: &Transaction, model: &mut BTreeMap<Id<Card>, Card>, random: &mut fastrand::Rng) {
    let card = Card { suit: suit(random), rank: random.i32(-3..4) };
    let known: Vec<_> = model.keys().copied().collect();
    match (random.choice(known), random.u8(0..10)) {
        (Some(id), 0..2) => {
            let known = transaction.know(id).await.expect("read").expect("it is there");
            assert_eq!(known.doc().value, model[&id]);
            if random.bool() {
                transaction.patch(id, |old| old.suit.clone_from(&card.suit)).await.expect("patched");
                model.get_mut(&id).expect("known").suit = card.suit;
            }
            transaction.patch_known(known, |old| old.rank = card.rank).await.expect("patched");
            model.get_mut(&id).expect("known").rank = card.rank;
        }
        (Some(id), 2..3) => {
            transaction.patch(id, |old| old.rank = card.rank).await.expect("patched");
            model.get_mut(&id).expect("known").rank = card.rank;
        }
        (Some(id), 3..5) => {
            transaction.replace(id, card.clone()).await.expect("replaced");
            model.insert(id, card);
        }
        (Some(id), 5..7) => {
            transaction.delete(id).await.expect("deleted");
            model.remove(&id);
        }
        _ => {
            model.insert(transaction.insert(card.clone()).expect("inserted"), card);
        }
    }
}

async fn compare(transaction: &Transaction, model: &BTreeMap<Id<Card>, Card>, random: &mut fastrand::Rng) {
    let all = Query::<Card>::new(transaction).collect().await.expect("read");
    let all: BTreeMap<_, _> = all.into_iter().map(|doc| (doc.id, doc.value)).collect();
    assert_eq!(all, *model);

    let rank = random.i32(-3..4);
    let found = Query::new(transaction).with_index(BY_RANK.eq(rank)).collect().await.expect("read");
    let found: Vec<_> = found.into_iter().map(|doc| doc.id).collect();
    let expected = model.iter().filter(|(_, card)| card.rank == rank);
    assert_eq!(found, expected.map(|(id, _)| *id).collect::<Vec<_>>());

    let (of_suit, low, high) = (suit(random), random.i32(-3..4), random.i32(-3..4));
    let mut expected: Vec<_> = model
        .iter()
        .filter(|(_, card)| card.suit == of_suit && card.rank >= low && card.rank < high)
        .map(|(id, card)| (card.rank, *id))
        .collect();
    expected.sort_unstable();
    for order in [Order::Ascending, Order::Descending] {
        let range = BY_SUIT_AND_RANK.eq(of_suit.clone()).gte(low).lt(high);
        let query = Query::new(transaction).with_index(range).order(order);
        let take = random.usize(0..6);
        let found = if random.bool() { query.take(take).await } else { query.collect().await };
        let found: Vec<_> = found.expect("read").into_iter().map(|doc| (doc.rank, doc.id)).collect();
        let model: Vec<_> = match order {
            Order::Ascending => expected.clone(),
            Order::Descending => expected.iter().rev().copied().collect(),
        };
        assert!(found == model || (found.len() == take && model.starts_with(&found)), "{found:?} {model:?}");
    }
}

/// The record says that an index is being built, and then the process is gone.
#[tokio::test]
async fn an_index_whose_building_was_cut_short_is_built_anew() {
    let store = store();
    let without = [TableDefinition::of::<Unindexed>()];
    let catalog = Arc::new(schema::open(&store, &without).await.expect("opens"));
    let transaction = begin(&store, &catalog, 5);
    transaction.insert(Unindexed { suit: None, rank: 7 }).expect("inserted");
    commit(transaction, &store).await;

    let with = [TableDefinition::of::<Card>()];
    schema::announce(&store, &with).await.expect("announced");
    for _ in 0..2 {
        let catalog = Arc::new(schema::open(&store, &with).await.expect("opens"));
        let transaction = begin(&store, &catalog, 9);
        let found = Query::new(&transaction).with_index(BY_SUIT_AND_RANK.eq(None::<String>)).collect().await;
        assert_eq!(found.expect("read").len(), 1);
        transaction.insert(Card { suit: Some("hearts".into()), rank: 1 }).expect("inserted");
        commit(transaction, &store).await;
    }
}

/// `Comparable` takes what fields hold, and `&str` for texts.
#[test]
fn a_text_field_compares_with_str() {
    fn comparable<A: Value>(_: impl Comparable<A>) {}
    comparable::<String>("x");
    comparable::<String>(String::new());
    comparable::<i32>(3);
}

#[tokio::test]
async fn a_document_read_again_is_noted_once_counted_again_and_what_the_transaction_makes_of_it() {
    let store = store();
    let catalog = Arc::new(schema::open(&store, &[TableDefinition::of::<Card>()]).await.expect("opens"));
    let transaction = begin(&store, &catalog, 1);
    let ids: Vec<_> =
        (0..2).map(|rank| transaction.insert(Card { suit: None, rank }).expect("inserted")).collect();
    commit(transaction, &store).await;

    let limits = TransactionLimits { documents_read: 5, ..TransactionLimits::UNLIMITED };
    let transaction = begin_within(limits, &store, &catalog, 2);
    let rank = async |at: usize| Some(transaction.get(ids[at]).await.expect("read")?.value.rank);
    assert_eq!((rank(0).await, rank(0).await, rank(1).await), (Some(0), Some(0), Some(1)));
    assert_eq!(transaction.with_state(|state| state.reads.points.len()), 2);
    let nested = transaction.begin_nested();
    transaction.patch(ids[1], |card| card.rank = 7).await.expect("changed");
    assert_eq!(rank(1).await, Some(7));
    transaction.delete(ids[1]).await.expect("deleted");
    assert_eq!(rank(1).await, None);
    drop(nested);
    assert_eq!(rank(1).await, Some(1));
    transaction.get(ids[1]).await.expect_err("the sixth read from the snapshot");
}

fn merge(transaction: &Transaction, rank: i32) {
    let card = Card { suit: None, rank };
    let larger = |stored: &mut Card, new: &Card| stored.rank = stored.rank.max(new.rank);
    transaction.merge(MERGED, card, larger).expect("it waits");
}

const MERGED: DocumentId = DocumentId([7; 16]);

#[tokio::test]
async fn what_transactions_merge_into_one_document_at_once_makes_none_of_them_lose() {
    let store = store();
    let catalog = Arc::new(schema::open(&store, &[TableDefinition::of::<Card>()]).await.expect("opens"));
    let ranks = async || {
        let transaction = begin(&store, &catalog, 100);
        let all = Query::<Card>::new(&transaction).collect().await.expect("read");
        let ranked = Query::new(&transaction).with_index(BY_RANK.gte(i32::MIN)).collect().await;
        let ranked: Vec<_> = ranked.expect("read").iter().map(|card| card.rank).collect();
        assert_eq!(all.iter().map(|card| card.rank).collect::<Vec<_>>(), ranked);
        ranked
    };
    // Where there is none, where there is one, and where it is deleted meanwhile.
    for (round, expected) in [vec![5], vec![15], vec![25]].into_iter().enumerate() {
        let (seed, base) = (10 * round as u64, 10 * i32::try_from(round).expect("small"));
        let transactions = [base + 3, base + 5, base + 4].map(|rank| {
            let transaction = begin(&store, &catalog, seed + u64::try_from(rank).expect("small"));
            merge(&transaction, rank);
            transaction
        });
        if round == 2 {
            let transaction = begin(&store, &catalog, seed);
            let id = Id::new(catalog.table::<Card>().expect("known").number, MERGED);
            transaction.delete::<Card>(id).await.expect("deleted");
            commit(transaction, &store).await;
        }
        for transaction in transactions {
            commit(transaction, &store).await;
        }
        assert_eq!(ranks().await, expected);
    }
    let transaction = begin(&store, &catalog, 50);
    let nested = transaction.begin_nested();
    merge(&transaction, 100);
    drop(nested);
    merge(&transaction, 30);
    let seen = Query::new(&transaction).with_index(BY_RANK.gte(i32::MIN)).collect().await.expect("read");
    assert_eq!(seen.iter().map(|card| card.rank).collect::<Vec<_>>(), [30], "it sees its own");
    merge(&transaction, 31);
    commit(transaction, &store).await;
    assert_eq!(ranks().await, [31]);
    let transaction = begin(&store, &catalog, 51);
    let id = Id::new(catalog.table::<Card>().expect("known").number, MERGED);
    transaction.delete::<Card>(id).await.expect("deleted");
    merge(&transaction, 3);
    commit(transaction, &store).await;
    assert_eq!(ranks().await, [3]);
}

#[tokio::test]
async fn a_merge_counts_against_the_limits_only_if_it_was_asked_for_while_they_did() {
    let store = store();
    let catalog = Arc::new(schema::open(&store, &[TableDefinition::of::<Card>()]).await.expect("opens"));
    let limits = TransactionLimits { documents_written: 1, ..TransactionLimits::UNLIMITED };
    for counts in [false, true] {
        let mut transaction = begin_within(limits, &store, &catalog, 1 + u64::from(counts));
        if counts {
            merge(&transaction, 2);
        } else {
            let merging = async |transaction: &Transaction| {
                merge(transaction, 1);
                Ok(())
            };
            transaction.uncounted(merging).await.expect("it waits");
        }
        transaction.insert(Card { suit: None, rank: 0 }).expect("inserted");
        let refused = transaction.commit(&store, None).await.is_err();
        assert_eq!(refused, counts);
    }
}
