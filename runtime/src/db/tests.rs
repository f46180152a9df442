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
use crate::value::{Document, EncodeError, Id, IndexSpec, KeyWriter, Timestamp, Value};

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
