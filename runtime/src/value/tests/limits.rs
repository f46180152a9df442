//! Limits and rules of encoding.

use std::collections::BTreeMap;

use serde::Serialize;

use super::model::{id, job};
use crate::value::*;

fn refusal<T: Serialize>(value: &T, limits: &Limits) -> EncodeError {
    let mut out = vec![7];
    let error = json::write(value, JsonFormat::Encoded, limits, &mut out).unwrap_err();
    assert_eq!(out, [7]);
    let stored = binary::write(value, limits, &mut out).unwrap_err();
    assert_eq!(out, [7]);
    assert_eq!(stored.to_string(), error.to_string());
    error
}

fn size<T: Serialize>(value: &T, limits: &Limits) -> usize {
    binary::write(value, limits, &mut Vec::new()).unwrap()
}

#[test]
fn size_formula() {
    let any = Limits::VALUE;
    assert_eq!(size(&(), &any), 1);
    assert_eq!(size(&true, &any), 1);
    assert_eq!(size(&1_u8, &any), 9);
    assert_eq!(size(&1_i64, &any), 9);
    assert_eq!(size(&0.5, &any), 9);
    assert_eq!(size(&Timestamp::MAX, &any), 9);
    assert_eq!(size(&"abc", &any), 5);
    assert_eq!(size(&Bytes::from(vec![0; 4]), &any), 6);
    assert_eq!(size(&id(10_001, 1), &any), 34);
    assert_eq!(size(&[1_u8, 2], &any), 20);
    assert_eq!(size(&BTreeMap::from([("ab", true)]), &any), 2 + 3 + 1);
    let document = size(&job(), &Limits::DOCUMENT);
    let whole = Doc { id: id(10_001, 1), creation_time: Timestamp::UNIX_EPOCH, value: job() };
    assert_eq!(document, size(&whole, &any));
}

#[test]
fn each_limit_names_the_path() {
    let small = Limits { size: 30, nesting: 3, elements: 3, fields: 2, system_fields: false };
    let list = |values: Vec<String>| BTreeMap::from([("list", values)]);
    let error = refusal(&list(vec!["a".repeat(30)]), &small);
    assert_eq!(error.to_string(), "list[0]: the value is larger than 30 bytes");
    assert_eq!(error.kind().tag(), "too_large");
    let error = refusal(&list(vec![String::new(); 4]), &small);
    assert_eq!(error.to_string(), "list: the array has more than 3 elements");
    let error = refusal(&vec![vec![vec![Vec::<u8>::new()]]], &small);
    assert_eq!(error.to_string(), "[0][0][0]: arrays and objects nest deeper than 3");
    let error = refusal(&BTreeMap::from([("a", 0_u8), ("b", 0), ("c", 0)]), &Limits { size: 100, ..small });
    assert_eq!(error.to_string(), "the object has more than 2 fields");
}

#[test]
fn documents_have_limits_of_their_own() {
    #[derive(Serialize)]
    struct Reserved {
        _id: u8,
    }
    let error = refusal(&Reserved { _id: 1 }, &Limits::DOCUMENT);
    assert_eq!(error.to_string(), "field name `_id` starts with `_`, which only system fields may");
    assert!(binary::write(&[Reserved { _id: 1 }], &Limits::DOCUMENT, &mut Vec::new()).is_ok());
    let text = |length: usize| BTreeMap::from([("t", "x".repeat(length))]);
    let room = (1 << 20) - size(&text(0), &Limits::DOCUMENT);
    assert_eq!(size(&text(room), &Limits::DOCUMENT), 1 << 20);
    assert_eq!(refusal(&text(room + 1), &Limits::DOCUMENT).kind(), EncodeErrorKind::TooLarge);
    let fields = |count: usize| (0..count).map(|n| (format!("f{n}"), true)).collect::<BTreeMap<_, _>>();
    assert!(size(&fields(1022), &Limits::DOCUMENT) > 0);
    assert_eq!(refusal(&fields(1023), &Limits::DOCUMENT).kind(), EncodeErrorKind::TooManyFields);
}

#[test]
fn names_and_keys() {
    #[derive(Serialize)]
    struct Fake {
        #[serde(rename = "$integer")]
        value: &'static str,
    }
    let error = refusal(&Fake { value: "AAAAAAAAAAA=" }, &Limits::VALUE);
    assert_eq!(error.to_string(), r#"field name "$integer" starts with `$`, which is reserved"#);
    for name in ["$", "a\n", "\u{7f}", "\u{e9}", &"x".repeat(1025)] {
        let error = refusal(&vec![BTreeMap::from([(name, 0)])], &Limits::VALUE);
        assert_eq!((error.kind(), error.path().as_str()), (EncodeErrorKind::FieldName, "[0]"), "{name}");
    }
    for name in ["", "a$", "~", " ", &"x".repeat(1024)] {
        assert!(size(&BTreeMap::from([(name, 0)]), &Limits::VALUE) > 0, "{name}");
    }
    assert_eq!(refusal(&BTreeMap::from([(1_u32, 0)]), &Limits::VALUE).kind(), EncodeErrorKind::MapKey);
    assert_eq!(refusal(&BTreeMap::from([(true, 0)]), &Limits::VALUE).kind(), EncodeErrorKind::MapKey);
}

#[test]
fn integers_beyond_64_bits_with_sign() {
    let error = refusal(&vec![u64::MAX], &Limits::VALUE);
    assert_eq!(error.to_string(), "[0]: integer 18446744073709551615 does not fit 64 bits with sign");
    assert_eq!(refusal(&1_i128, &Limits::VALUE).kind(), EncodeErrorKind::OutOfRange);
}

#[test]
fn miscounted_arrays_are_refused() {
    struct Miscounted;
    impl Serialize for Miscounted {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            use serde::ser::SerializeSeq;
            let mut elements = serializer.serialize_seq(Some(2))?;
            elements.serialize_element(&1)?;
            elements.end()
        }
    }
    assert_eq!(refusal(&Miscounted, &Limits::VALUE).to_string(), "2 elements announced, 1 given");
}
