//! The order of keys against the order of values.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::slice::from_ref;

use proptest::prelude::*;
use serde::Serialize;

use super::*;
use crate::value::{Bytes, Id, TableNumber};

/// A value, and how it compares, said without keys.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
enum Sorted {
    Null(()),
    Small(i32),
    Large(i64),
    Unsigned(u64),
    Time(Timestamp),
    Float(f64),
    Flag(bool),
    Text(String),
    Binary(Bytes),
    List(Vec<Sorted>),
    Id(Id<()>),
    Object(BTreeMap<String, Sorted>),
}

impl Sorted {
    fn rank(&self) -> u8 {
        match self {
            Self::Null(()) => 0,
            Self::Small(_) | Self::Large(_) | Self::Unsigned(_) | Self::Time(_) => 1,
            Self::Float(_) => 2,
            Self::Flag(_) => 3,
            Self::Text(_) => 4,
            Self::Binary(_) => 5,
            Self::List(_) => 6,
            Self::Id(_) => 7,
            Self::Object(_) => 8,
        }
    }

    fn integer(&self) -> i128 {
        match self {
            Self::Small(value) => (*value).into(),
            Self::Large(value) => (*value).into(),
            Self::Unsigned(value) => (*value).into(),
            Self::Time(value) => value.as_micros().into(),
            _ => unreachable!("not an integer"),
        }
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Float(a), Self::Float(b)) => a.total_cmp(b),
            (Self::Flag(a), Self::Flag(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Binary(a), Self::Binary(b)) => a.cmp(b),
            (Self::Id(a), Self::Id(b)) => a.cmp(b),
            (Self::List(a), Self::List(b)) => compare_all(a.iter(), b.iter(), Sorted::compare),
            (Self::Object(a), Self::Object(b)) => {
                compare_all(a.iter(), b.iter(), |a, b| a.0.cmp(b.0).then_with(|| a.1.compare(b.1)))
            }
            _ if self.rank() == 1 && other.rank() == 1 => self.integer().cmp(&other.integer()),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

fn compare_all<T>(
    mut a: impl Iterator<Item = T>,
    mut b: impl Iterator<Item = T>,
    compare: impl Fn(T, T) -> Ordering,
) -> Ordering {
    loop {
        match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(a), Some(b)) => match compare(a, b) {
                Ordering::Equal => {}
                unequal => return unequal,
            },
        }
    }
}

/// Integers at and around the widths.
fn integers() -> impl Strategy<Value = i64> {
    let edges = (0..64_u32, -2..3_i64, any::<bool>()).prop_map(|(bit, near, negative)| {
        let edge = 1_i64.checked_shl(bit).unwrap_or(0).wrapping_add(near);
        if negative { edge.wrapping_neg() } else { edge }
    });
    prop_oneof![any::<i64>(), edges, -300..300_i64]
}

/// Few characters, so that one is often the beginning of another; the zero is the one with an escape.
fn texts() -> impl Strategy<Value = String> {
    "[\0\u{1}ab\u{7ff}]{0,4}"
}

fn values() -> impl Strategy<Value = Sorted> {
    let leaves = prop_oneof![
        Just(Sorted::Null(())),
        any::<i32>().prop_map(Sorted::Small),
        integers().prop_map(Sorted::Large),
        integers().prop_map(|value| Sorted::Unsigned(value.unsigned_abs() >> 1)),
        integers().prop_map(|value| Sorted::Time(Timestamp::from_micros(value))),
        prop::num::f64::ANY.prop_map(Sorted::Float),
        prop_oneof![Just(0.0), Just(-0.0), Just(f64::NAN), Just(-f64::NAN)].prop_map(Sorted::Float),
        any::<bool>().prop_map(Sorted::Flag),
        texts().prop_map(Sorted::Text),
        prop::collection::vec(prop_oneof![Just(0_u8), Just(0xff), any::<u8>()], 0..4)
            .prop_map(|bytes| Sorted::Binary(bytes.into())),
        (0..3_u32, any::<[u8; 16]>()).prop_map(|(t, id)| Sorted::Id(Id::new(TableNumber(t), DocumentId(id)))),
    ];
    leaves.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Sorted::List),
            prop::collection::btree_map("[ab]{0,2}", inner, 0..4).prop_map(Sorted::Object),
        ]
    })
}

fn key(values: &[Sorted]) -> Vec<u8> {
    let mut key = KeyWriter::new();
    for value in values {
        key.field(value).unwrap();
    }
    key.into_bytes()
}

fn stored_key(values: &[Sorted], creation_time: i64) -> Box<[u8]> {
    let mut writer = KeyWriter { bytes: key(values) };
    writer.finish(Timestamp::from_micros(creation_time), DocumentId([9; 16])).into()
}

fn pairs() -> impl Strategy<Value = (Sorted, Sorted)> {
    // Neighbours are seldom drawn by chance.
    prop_oneof![
        (values(), values()),
        values().prop_map(|value| (value.clone(), value)),
        (integers(), integers()).prop_map(|(a, b)| (Sorted::Large(a), Sorted::Large(b))),
        (texts(), texts()).prop_map(|(a, b)| (Sorted::Text(a), Sorted::Text(b))),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn keys_order_as_values((a, b) in pairs()) {
        prop_assert_eq!(key(from_ref(&a)).cmp(&key(from_ref(&b))), a.compare(&b), "{:?} {:?}", a, b);
    }

    #[test]
    fn keys_of_fields_order_by_field(a in pairs(), b in pairs(), times in any::<(i32, i32)>()) {
        let (left, right) = ([a.0, b.0], [a.1, b.1]);
        let expected = compare_all(left.iter(), right.iter(), Sorted::compare).then(times.0.cmp(&times.1));
        let (left, right) = (stored_key(&left, times.0.into()), stored_key(&right, times.1.into()));
        prop_assert_eq!(left.cmp(&right), expected);
    }

    #[test]
    fn ranges_hold_what_they_say(
        (first, other) in pairs(),
        (lower, upper) in pairs(),
        (second, near) in pairs(),
        time in any::<i64>().prop_map(|time| time >> 2),
    ) {
        for second in [&second, &near, &lower, &upper] {
            let stored = stored_key(&[first.clone(), second.clone()], time);
            let prefix = key(from_ref(&other));
            let is_prefix = first.compare(&other).is_eq();
            prop_assert_eq!(KeyRange::prefix(&prefix).contains(&stored), is_prefix);
            prop_assert!(KeyRange::prefix(&[]).contains(&stored));
            let bound = |value: &Sorted| key(&[first.clone(), value.clone()]);
            let all = KeyRange::prefix(&key(from_ref(&first)));
            let (low, high) = (second.compare(&lower), second.compare(&upper));
            let closed = all.clone().at_least(&bound(&lower)).at_most(&bound(&upper));
            prop_assert_eq!(closed.contains(&stored), low.is_ge() && high.is_le());
            let open = all.clone().above(&bound(&lower)).below(&bound(&upper));
            prop_assert_eq!(open.contains(&stored), low.is_gt() && high.is_lt());
            prop_assert!(!(open.is_empty() && open.contains(&stored)));
        }
    }

    #[test]
    fn suffix_can_be_read(value in values(), time in any::<i64>(), id in any::<[u8; 16]>()) {
        let mut writer = KeyWriter::new();
        writer.field(&value).unwrap();
        let stored = writer.finish(Timestamp::from_micros(time), DocumentId(id));
        prop_assert_eq!(stored.last_chunk(), Some(&id));
    }
}

#[test]
fn tags_and_widths() {
    for (value, expected) in [
        (0, &[0x08][..]),
        (1, &[0x09, 1]),
        (127, &[0x09, 127]),
        (128, &[0x0a, 0, 128]),
        (-1, &[0x07, 0xff]),
        (-128, &[0x07, 0x80]),
        (-129, &[0x06, 0xff, 0x7f]),
        (1 << 15, &[0x0b, 0, 0, 0x80, 0]),
        (1 << 31, &[0x0c, 0, 0, 0, 0, 0x80, 0, 0, 0]),
        (i64::MIN, &[0x04, 0x80, 0, 0, 0, 0, 0, 0, 0]),
    ] {
        assert_eq!(key(&[Sorted::Large(value)]), expected, "{value}");
    }
    assert_eq!(key(&[Sorted::Text("a\0".into())]), [0x10, b'a', 0, 0xff, 0]);
    assert_eq!(key(&[Sorted::Flag(false)]), [0x0e]);
    assert_eq!(key(&[Sorted::List(vec![Sorted::Null(())])]), [0x12, 0x03, 0]);
}

#[test]
fn options_and_variants() {
    #[derive(Serialize)]
    enum Status {
        #[serde(rename = "pending")]
        Pending,
    }
    let mut writer = KeyWriter::new();
    writer.field(&None::<i32>).unwrap();
    writer.field(&Some(Status::Pending)).unwrap();
    let expected = key(&[Sorted::Null(()), Sorted::Text("pending".into())]);
    assert_eq!(writer.as_bytes(), expected);
}

#[test]
fn structs_are_keys_in_the_order_of_their_names() {
    #[derive(Serialize)]
    struct Point {
        y: i32,
        x: i32,
    }
    let mut writer = KeyWriter::new();
    writer.field(&[Point { y: 2, x: 1 }]).unwrap();
    let (x, y) = (("x".to_owned(), Sorted::Small(1)), ("y".to_owned(), Sorted::Small(2)));
    assert_eq!(writer.into_bytes(), key(&[Sorted::List(vec![Sorted::Object([x, y].into())])]));
}

#[test]
fn a_refused_field_leaves_the_key_as_it_was() {
    let mut writer = KeyWriter::new();
    writer.field(&1).unwrap();
    assert!(writer.field(&(2, u64::MAX)).is_err());
    assert_eq!(writer.as_bytes(), [0x09, 1]);
}
