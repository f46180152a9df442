//! Owns the type that fuzzing reads values as: every shape that a value of a program can have.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::value::{Bytes, Document, EncodeError, Id, IndexSpec, KeyWriter, Timestamp, Value};

/// A document, for ids to be of.
#[derive(Serialize, Deserialize, schemars::JsonSchema)]
pub(super) struct Thing {
    name: String,
}

impl Value for Thing {}

impl Document for Thing {
    const TABLE: &'static str = "things";
    const INDEXES: &'static [IndexSpec] = &[];

    fn index_key(&self, _: usize, _: &mut KeyWriter) -> Result<(), EncodeError> {
        Ok(())
    }
}

/// Any value.
#[derive(Serialize, Deserialize)]
pub(super) enum Shape {
    Nothing,
    Flag(bool),
    Small(i8),
    Wide(u32),
    Large(i64),
    Unsigned(u64),
    Float(f64),
    Single(f32),
    Letter(char),
    Text(String),
    Binary(Bytes),
    Time(Timestamp),
    Id(Id<Thing>),
    Maybe(Option<Box<Shape>>),
    Pair(i16, String),
    List(Vec<Shape>),
    Map(BTreeMap<String, Shape>),
    ById(BTreeMap<Id<Thing>, i64>),
    Named { first: Box<Shape>, second: Option<i64> },
    Flat(Flat),
    Tagged(Tagged),
    Untagged(Untagged),
}

/// Fields of an inner struct and of a map beside its own.
#[derive(Serialize, Deserialize)]
pub(super) struct Flat {
    name: String,
    #[serde(flatten)]
    inner: Inner,
    #[serde(flatten)]
    rest: BTreeMap<String, i64>,
}

/// The inner struct.
#[derive(Serialize, Deserialize)]
pub(super) struct Inner {
    float: f64,
    small: i16,
}

/// An enum that is told by a field.
#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Tagged {
    Empty,
    Full { number: i32, large: i64, bytes: Bytes, at: Timestamp },
}

/// An enum that is told by its content.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Untagged {
    Flag(bool),
    Text(String),
    List(Vec<i64>),
    Object { large: i64 },
}
