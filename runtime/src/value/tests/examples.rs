//! The examples of the protocol, byte for byte.

use crate::value::*;

fn assert_both_ways<T>(value: &T, text: &str)
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    assert_eq!(json::to_string(value).unwrap(), text);
    assert_eq!(json::read::<T>(text, &json::Decoding::default()).unwrap(), *value);
}

#[test]
fn integers() {
    for (value, text) in [
        (0, "AAAAAAAAAAA="),
        (3, "AwAAAAAAAAA="),
        (42, "KgAAAAAAAAA="),
        (-1, "//////////8="),
        (i64::MAX, "/////////38="),
        (i64::MIN, "AAAAAAAAAIA="),
        (1, "AQAAAAAAAAA="),
        (1000, "6AMAAAAAAAA="),
        (1_700_000_000_000_000_000, "AAAqNv6clxc="),
    ] {
        assert_both_ways(&value, &format!(r#"{{"$integer":"{text}"}}"#));
    }
    assert_both_ways(&7_u64, r#"{"$integer":"BwAAAAAAAAA="}"#);
    assert_both_ways(&7_usize, r#"{"$integer":"BwAAAAAAAAA="}"#);
    assert_both_ways(&7_i32, "7");
    assert_both_ways(&255_u8, "255");
}

#[test]
fn floats() {
    for (value, text) in
        [(f64::INFINITY, "AAAAAAAA8H8="), (f64::NEG_INFINITY, "AAAAAAAA8P8="), (-0.0, "AAAAAAAAAIA=")]
    {
        assert_both_ways(&value, &format!(r#"{{"$float":"{text}"}}"#));
    }
    assert_eq!(json::to_string(&f64::NAN).unwrap(), r#"{"$float":"AAAAAAAA+H8="}"#);
    let negative_zero: f64 = json::read(r#"{"$float":"AAAAAAAAAIA="}"#, &json::Decoding::default()).unwrap();
    assert!(negative_zero.is_sign_negative());
    assert_both_ways(&0.1, "0.1");
    assert_both_ways(&3.0, "3.0");
}

#[test]
fn everything_else() {
    assert_both_ways(&(), "null");
    assert_both_ways(&true, "true");
    assert_both_ways(&"a\"\n\u{1f600}".to_owned(), "\"a\\\"\\n\u{1f600}\"");
    assert_both_ways(&Bytes::from(&b"\0\xffab"[..]), r#"{"$bytes":"AP9hYg=="}"#);
    assert_both_ways(&vec![Some(1_i32), None], "[1,null]");
    assert_both_ways(&Timestamp::from_micros(1_700_000_000_123_456), "1700000000123.456");
    let id: Id<super::model::Job> = "j57000820c20a1g7104gm2rc1m70ynr8".parse().unwrap();
    assert_both_ways(&id, "\"j57000820c20a1g7104gm2rc1m70ynr8\"");
}

#[test]
fn plain_form() {
    assert_eq!(clean(&42_i64), "\"42\"");
    assert_eq!(clean(&f64::NAN), "\"NaN\"");
    assert_eq!(clean(&f64::INFINITY), "\"Infinity\"");
    assert_eq!(clean(&f64::NEG_INFINITY), "\"-Infinity\"");
    assert_eq!(clean(&Bytes::from(vec![1, 2])), "\"AQI=\"");
    assert_eq!(clean(&(1_i32, 2.5)), "[1,2.5]");
}

fn clean<T: serde::Serialize>(value: &T) -> String {
    let mut out = Vec::new();
    json::write(value, JsonFormat::Clean, &Limits::VALUE, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}
