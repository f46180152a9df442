//! Types that the tests take through the encodings.

use std::collections::BTreeMap;

use proptest::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::*;

/// A document with every kind of scalar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(super) struct Job {
    pub(super) data: String,
    pub(super) count: u32,
    pub(super) created_at: Timestamp,
}

impl Value for Job {}

impl Document for Job {
    const TABLE: &'static str = "jobs";
    const INDEXES: &'static [IndexSpec] = &[IndexSpec { name: "by_count", fields: &["count"] }];

    fn index_key(&self, index: usize, key: &mut KeyWriter) -> Result<(), EncodeError> {
        if index == 0 { key.field(&self.count) } else { Ok(()) }
    }
}

/// A value of every shape, nested at will.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Model {
    Unit,
    Nothing(()),
    Flag(bool),
    Small(i32),
    Byte(u8),
    Wide(u32),
    Large(i64),
    Unsigned(u64),
    Size(usize),
    Single(f32),
    Float(f64),
    Letter(char),
    Text(String),
    Binary(Bytes),
    Time(Timestamp),
    Id(Id<Job>),
    Pair(u8, String),
    Maybe(Option<Box<Model>>),
    List(Vec<Model>),
    Map(BTreeMap<String, Model>),
    ById(BTreeMap<Id<Job>, i64>),
    Named { first: Box<Model>, second: Option<i64>, wrapped: Wrapped },
    Tagged(Tagged),
    Adjacent(Adjacent),
    Untagged(Untagged),
    Flat(Flat),
    Doc(Doc<Job>),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Wrapped(pub(super) (i16, bool));

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Tagged {
    Empty,
    Full { number: i32, large: i64, bytes: Bytes, at: Timestamp, float: f64 },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", content = "c")]
pub(super) enum Adjacent {
    Nothing,
    One(i64),
    Two(f64, Bytes),
    Named { id: Id<Job> },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Untagged {
    Flag(bool),
    Text(String),
    List(Vec<i64>),
    Object { large: i64 },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Flat {
    pub(super) name: String,
    #[serde(flatten)]
    pub(super) inner: Inner,
    #[serde(flatten)]
    pub(super) rest: BTreeMap<String, i64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Inner {
    pub(super) float: f64,
    pub(super) small: i16,
    pub(super) id: Id<Job>,
}

/// The tables that the tests know.
pub(super) struct Tables;

impl TableNumbers for Tables {
    fn number_of(&self, table: &str) -> Option<TableNumber> {
        match table {
            "jobs" => Some(TableNumber(10_001)),
            "users" => Some(TableNumber(10_002)),
            _ => None,
        }
    }

    fn name_of(&self, number: TableNumber) -> Option<&str> {
        match number.0 {
            10_001 => Some("jobs"),
            10_002 => Some("users"),
            _ => None,
        }
    }
}

pub(super) fn id(table: u32, byte: u8) -> Id<Job> {
    Id::new(TableNumber(table), DocumentId([byte; 16]))
}

pub(super) fn job() -> Job {
    Job { data: "work".into(), count: 3, created_at: Timestamp::from_micros(1_700_000_000_123_456) }
}

fn ids() -> impl Strategy<Value = Id<Job>> {
    (any::<u32>(), any::<[u8; 16]>()).prop_map(|(table, body)| Id::new(TableNumber(table), DocumentId(body)))
}

/// Times whose number of milliseconds is exact.
fn times() -> impl Strategy<Value = Timestamp> {
    (-8_700_000_000_000_000_i64..8_700_000_000_000_000).prop_map(Timestamp::from_micros)
}

fn floats() -> impl Strategy<Value = f64> {
    prop_oneof![
        prop::num::f64::ANY,
        Just(-0.0),
        Just(f64::NAN),
        Just(f64::INFINITY),
        (-9_i32..9).prop_map(Into::into)
    ]
}

fn blobs() -> impl Strategy<Value = Bytes> {
    prop::collection::vec(any::<u8>(), 0..20).prop_map(Bytes::from)
}

fn names() -> impl Strategy<Value = String> {
    "[ -#%-~][ -~]{0,8}|"
}

fn jobs() -> impl Strategy<Value = Job> {
    (any::<String>(), any::<u32>(), times()).prop_map(|(data, count, created_at)| Job {
        data,
        count,
        created_at,
    })
}

fn leaves() -> impl Strategy<Value = Model> {
    let scalars = prop_oneof![
        Just(Model::Unit),
        Just(Model::Nothing(())),
        any::<bool>().prop_map(Model::Flag),
        any::<i32>().prop_map(Model::Small),
        any::<u8>().prop_map(Model::Byte),
        any::<u32>().prop_map(Model::Wide),
        any::<i64>().prop_map(Model::Large),
        (0..=i64::MAX.unsigned_abs()).prop_map(Model::Unsigned),
        (0..1_000_000_usize).prop_map(Model::Size),
        any::<f32>().prop_map(Model::Single),
        floats().prop_map(Model::Float),
        any::<char>().prop_map(Model::Letter),
        any::<String>().prop_map(Model::Text),
        blobs().prop_map(Model::Binary),
        times().prop_map(Model::Time),
        ids().prop_map(Model::Id),
        (any::<u8>(), any::<String>()).prop_map(|(byte, text)| Model::Pair(byte, text)),
    ];
    let tagged = prop_oneof![
        Just(Tagged::Empty),
        (any::<i32>(), any::<i64>(), blobs(), times(), floats()).prop_map(
            |(number, large, bytes, at, float)| { Tagged::Full { number, large, bytes, at, float } }
        ),
    ];
    let adjacent = prop_oneof![
        Just(Adjacent::Nothing),
        any::<i64>().prop_map(Adjacent::One),
        (floats(), blobs()).prop_map(|(float, bytes)| Adjacent::Two(float, bytes)),
        ids().prop_map(|id| Adjacent::Named { id }),
    ];
    let untagged = prop_oneof![
        any::<bool>().prop_map(Untagged::Flag),
        any::<String>().prop_map(Untagged::Text),
        prop::collection::vec(any::<i64>(), 0..4).prop_map(Untagged::List),
        any::<i64>().prop_map(|large| Untagged::Object { large }),
    ];
    let rest = prop::collection::btree_map("x[a-z]{0,4}", any::<i64>(), 0..3);
    let flat = (any::<String>(), floats(), any::<i16>(), ids(), rest)
        .prop_map(|(name, float, small, id, rest)| Flat { name, inner: Inner { float, small, id }, rest });
    let docs =
        (ids(), times(), jobs()).prop_map(|(id, creation_time, value)| Doc { id, creation_time, value });
    prop_oneof![
        4 => scalars,
        1 => tagged.prop_map(Model::Tagged),
        1 => adjacent.prop_map(Model::Adjacent),
        1 => untagged.prop_map(Model::Untagged),
        1 => flat.prop_map(Model::Flat),
        1 => docs.prop_map(Model::Doc),
        1 => prop::collection::btree_map(ids(), any::<i64>(), 0..3).prop_map(Model::ById),
    ]
}

pub(super) fn models() -> impl Strategy<Value = Model> {
    leaves().prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::option::of(inner.clone().prop_map(Box::new)).prop_map(Model::Maybe),
            prop::collection::vec(inner.clone(), 0..5).prop_map(Model::List),
            prop::collection::btree_map(names(), inner.clone(), 0..5).prop_map(Model::Map),
            (inner, any::<Option<i64>>(), any::<(i16, bool)>()).prop_map(|(first, second, wrapped)| {
                Model::Named { first: Box::new(first), second, wrapped: Wrapped(wrapped) }
            }),
        ]
    })
}
