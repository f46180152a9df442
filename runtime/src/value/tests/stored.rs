//! Stored values: hostile bytes, and programs that changed.

use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use super::model::{Job, Model, id, models};
use crate::value::*;

fn stored<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    binary::write(value, &Limits::VALUE, &mut bytes).unwrap();
    bytes
}

fn change<A: Serialize, B: serde::de::DeserializeOwned>(value: &A) -> Result<B, DecodeError> {
    binary::read(&stored(value))
}

#[test]
fn numbers_change_type_where_they_fit() {
    assert_eq!(change::<_, i64>(&7_i32).unwrap(), 7);
    assert_eq!(change::<_, u8>(&7_i64).unwrap(), 7);
    assert_eq!(change::<_, u8>(&7.0_f64).unwrap(), 7);
    assert!(change::<_, u8>(&7.5_f64).is_err());
    assert!(change::<_, u8>(&256_i64).is_err());
    assert!(change::<_, u64>(&-1_i64).is_err());
    assert!((change::<_, f64>(&7_i64).unwrap() - 7.0).abs() < f64::EPSILON);
    assert!(change::<_, f64>(&i64::MAX).is_err());
    assert!((change::<_, f64>(&Timestamp::from_micros(1_500)).unwrap() - 1.5).abs() < f64::EPSILON);
    assert_eq!(change::<_, Timestamp>(&1.5).unwrap(), Timestamp::from_micros(1_500));
    assert_eq!(change::<_, String>(&id(1, 2)).unwrap(), id(1, 2).to_string());
    assert_eq!(change::<_, Id<Job>>(&id(1, 2).to_string()).unwrap(), id(1, 2));
}

#[test]
fn ids_among_the_fields_are_found_without_the_type() {
    #[derive(Serialize)]
    struct Arguments {
        first: Id<Job>,
        texts: Vec<String>,
        inside: Option<(Id<Job>, bool)>,
        second: Id<Job>,
        amount: i64,
    }
    let arguments = Arguments {
        first: id(1, 2),
        texts: vec!["a".into(), "b".into()],
        inside: Some((id(5, 6), true)),
        second: id(3, 4),
        amount: 7,
    };
    let bytes = stored(&arguments);
    let expected = [id(1, 2), id(3, 4)].map(|id| (id.table(), id.document()));
    assert_eq!(binary::ids(&bytes).collect::<Vec<_>>(), expected);
    for length in 0..bytes.len() {
        assert!(binary::ids(&bytes[..length]).count() <= 2, "cut off at {length}");
    }
    assert_eq!(binary::ids(&stored(&id(1, 2))).count(), 0, "it is no object");
}

#[test]
fn times_are_exact_at_the_ends() {
    for time in [Timestamp::MIN, Timestamp::MAX] {
        assert_eq!(change::<_, Timestamp>(&time).unwrap(), time);
    }
}

#[test]
fn fields_come_and_go() {
    #[derive(Serialize)]
    struct Old {
        kept: i32,
        removed: Vec<Option<Id<Job>>>,
        removed_too: Vec<f64>,
    }
    #[derive(Debug, PartialEq, Deserialize)]
    struct New {
        added: Option<String>,
        #[serde(default)]
        defaulted: u8,
        kept: i32,
    }
    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only decoded")]
    struct Wrong {
        removed: Vec<bool>,
    }
    let old = Old { kept: 1, removed: vec![None, Some(id(1, 2))], removed_too: vec![0.5] };
    assert_eq!(change::<_, New>(&old).unwrap(), New { added: None, defaulted: 0, kept: 1 });
    let error = change::<_, Wrong>(&old).unwrap_err();
    assert_eq!(error.to_string(), "removed[0]: expected a boolean, found null");
}

#[test]
fn is_compact() {
    let job = Job { data: "0123456789".into(), count: 3, created_at: Timestamp::UNIX_EPOCH };
    // Version, tag and end; the names with a length each; a string, a small number, a time.
    assert_eq!(stored(&job).len(), 3 + (5 + 6 + 11) + (2 + 10) + 2 + 9);
    assert_eq!(stored(&id(10_001, 1)).len(), 1 + 1 + 2 + 16);
}

#[test]
fn other_versions_are_refused() {
    assert!(binary::read::<()>(&[1, 0]).is_ok());
    let error = binary::read::<()>(&[2, 0]).unwrap_err();
    assert_eq!(error.to_string(), "the stored value has unknown version 2");
    assert_eq!(
        binary::read::<()>(&[1, 0, 0]).unwrap_err().to_string(),
        "the stored value goes on after its end"
    );
}

#[test]
fn integers_of_more_than_64_bits_are_refused() {
    let integer = |last: u8| binary::read::<i64>(&[&[1, 5][..], &[0xff; 9], &[last]].concat());
    assert_eq!(integer(1).unwrap(), i64::MIN);
    for last in [2, 0x7f, 0x81] {
        assert_eq!(integer(last).unwrap_err().to_string(), "a stored integer is too long");
    }
}

#[test]
fn nesting_bombs_are_refused() {
    for tag in [0x0b, 0x0c] {
        let mut bytes = vec![1];
        for _ in 0..1_000_000 {
            bytes.push(tag);
            if tag == 0x0c {
                bytes.push(1);
            }
        }
        assert_eq!(
            binary::to_json(&bytes, JsonFormat::Clean, &mut Vec::new()).unwrap_err().kind(),
            DecodeErrorKind::TooDeep
        );
        assert_eq!(
            binary::read::<serde::de::IgnoredAny>(&bytes).unwrap_err().kind(),
            DecodeErrorKind::TooDeep
        );
    }
}

/// Reads in every way; what matters is that it returns.
fn read_all_ways(bytes: &[u8]) -> bool {
    let mut out = Vec::new();
    let is_value = binary::to_json(bytes, JsonFormat::Encoded, &mut out).is_ok();
    assert_eq!(out.is_empty(), !is_value);
    let _ = binary::read::<Model>(bytes);
    let _ = binary::read::<Vec<Model>>(bytes);
    let _ = binary::read::<Job>(bytes);
    let _ = binary::read::<serde_json::Value>(bytes);
    let _ = binary::read::<serde::de::IgnoredAny>(bytes);
    is_value
}

proptest! {
    #[test]
    fn cut_off_values_are_refused(model in models(), cut in any::<prop::sample::Index>()) {
        let bytes = stored(&model);
        let cut = &bytes[..cut.index(bytes.len())];
        prop_assert!(!read_all_ways(cut));
        prop_assert!(binary::read::<Model>(cut).is_err());
    }

    #[test]
    fn damaged_values_do_no_harm(
        model in models(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = stored(&model);
        for (index, byte) in damage {
            let index = index.index(bytes.len());
            bytes[index] = byte;
        }
        read_all_ways(&bytes);
    }

    #[test]
    fn random_bytes_do_no_harm(mut bytes in prop::collection::vec(prop_oneof![0..16_u8, any::<u8>()], 0..80)) {
        bytes.insert(0, 1);
        read_all_ways(&bytes);
    }

    #[test]
    fn random_json_does_no_harm(text in "[\\[\\]{}\":,0-9a-e$.truenlsiogAQ=+/ -]{0,60}") {
        let _ = json::read::<Model>(&text, &json::Decoding::default());
        let _ = json::read::<Vec<f64>>(&text, &json::Decoding::default());
    }
}
