//! What must not be read, and what is said about it.

use std::collections::{BTreeMap, HashMap};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::model::{Job, Tables, Untagged, id, job};
use crate::value::*;

fn refusal<T: DeserializeOwned + std::fmt::Debug>(text: &str) -> String {
    json::read::<T>(text, &json::Decoding::wire(Some(&Tables))).unwrap_err().to_string()
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only decoded")]
struct Order {
    items: Vec<Item>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only decoded")]
struct Item {
    price: f64,
    count: Option<u8>,
    kind: Option<Kind>,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "only decoded")]
enum Kind {
    Small,
    Large { by: i64 },
    Both(i32, i32),
}

#[test]
fn names_path_expectation_and_finding() {
    let cases = [
        (r#"{"items":[{"price":1},{"price":"x"}]}"#, "items[1].price: expected a number, found a string"),
        (
            r#"{"items":[{"price":1,"count":300}]}"#,
            "items[0].count: expected an integer from 0 to 255, found 300",
        ),
        (
            r#"{"items":[{"price":1,"count":1.5}]}"#,
            "items[0].count: expected an integer from 0 to 255, found 1.5",
        ),
        (
            r#"{"items":[{"price":1,"count":-1}]}"#,
            "items[0].count: expected an integer from 0 to 255, found -1",
        ),
        (r#"{"items":[{}]}"#, "items[0].price: this field is missing"),
        (r#"{"items":[{"price":1,"prise":2}]}"#, "items[0].prise: unknown field"),
        (r#"{"items":[{"price":1,"price":2}]}"#, "items[0].price: this field is given twice"),
        (r#"{"items":{}}"#, "items: expected an array, found an object"),
        (r#"{"items":null}"#, "items: expected an array, found null"),
        (r#"{"items":[7]}"#, "items[0]: expected an object, found a number"),
        (r#"{"items":[[]]}"#, "items[0]: expected an object, found an array"),
        ("[]", "expected an object, found an array"),
        (
            r#"{"items":[{"price":{"$integer":"AQAAAAAAAAA="}}]}"#,
            "items[0].price: expected a number, found a 64-bit integer (bigint)",
        ),
        (r#"{"items":[{"price":{"a":1}}]}"#, "items[0].price: expected a number, found an object"),
        (
            r#"{"items":[{"price":1,"kind":"Huge"}]}"#,
            "items[0].kind: expected one of `Small`, `Large`, `Both`, found `Huge`",
        ),
        (
            r#"{"items":[{"price":1,"kind":{"Large":{"by":true}}}]}"#,
            "items[0].kind.Large.by: expected a 64-bit integer (bigint), found a boolean",
        ),
        (
            r#"{"items":[{"price":1,"kind":{"Both":[1,2,3]}}]}"#,
            "items[0].kind.Both: expected 2 elements, found more",
        ),
        (
            r#"{"items":[{"price":1,"kind":{"Small":null,"Large":null}}]}"#,
            "items[0].kind: expected only the field `Small`, found more",
        ),
        (
            r#"{"items":[{"price":1,"kind":5}]}"#,
            "items[0].kind: expected a variant's name or an object with it, found a number",
        ),
        (
            r#"{"items":[{"price":1,"kind":"Both"}]}"#,
            "items[0].kind: expected an object with the variant and its content, found the variant's name alone",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(refusal::<Order>(text), expected, "{text}");
    }
}

#[test]
fn sixty_four_bit_integers() {
    assert_eq!(json::read::<i64>("9007199254740992", &json::Decoding::default()).unwrap(), 1 << 53);
    assert_eq!(json::read::<i64>("3.0", &json::Decoding::default()).unwrap(), 3);
    assert_eq!(json::read::<i32>("3.0", &json::Decoding::default()).unwrap(), 3);
    assert_eq!(
        refusal::<i64>("9007199254740993"),
        "expected a 64-bit integer, found 9007199254740993; send it as a bigint"
    );
    assert_eq!(
        refusal::<u64>(r#"{"$integer":"//////////8="}"#),
        "expected an integer from 0 to 9223372036854775807, found -1"
    );
    assert_eq!(
        refusal::<i32>(r#"{"$integer":"AQAAAAAAAAA="}"#),
        "expected a number, found a 64-bit integer (bigint)"
    );
}

#[test]
fn reserved_objects() {
    for text in
        [r#"{"$float":"AAAAAAAA8D8="}"#, r#"{"$float":"AAAAAAAAAAA="}"#, r#"{"$float":"AAAAAAAA8L8="}"#]
    {
        assert_eq!(refusal::<f64>(text), "`$float` must hold a float that JSON cannot write as a number");
    }
    assert_eq!(refusal::<i64>(r#"{"$integer":"AAAA"}"#), "`$integer` must hold 8 bytes in base 64");
    assert_eq!(refusal::<i64>(r#"{"$integer":"AQAAAAAAAAAA"}"#), "`$integer` must hold 8 bytes in base 64");
    assert_eq!(refusal::<i64>(r#"{"$integer":"AQAAAAAAAAB="}"#), "`$integer` must hold 8 bytes in base 64");
    assert_eq!(refusal::<i64>(r#"{"$integer":7}"#), "`$integer` must hold a string");
    assert_eq!(refusal::<Bytes>(r#"{"$bytes":"_w=="}"#), "`$bytes` must hold base 64 with padding");
    let two = r#"{"$bytes":"AA==","x":1}"#;
    assert_eq!(refusal::<Bytes>(two), "an object with `$bytes` must have no other field");
    assert_eq!(refusal::<Untagged>(r#"{"$set":[]}"#), "`$set` is a type that is no longer supported");
    assert_eq!(refusal::<Untagged>(r#"{"$map":[]}"#), "`$map` is a type that is no longer supported");
    let reserved = r#"field name "$x" starts with `$`, which is reserved"#;
    assert_eq!(refusal::<BTreeMap<String, i32>>(r#"{"$x":1}"#), reserved);
    assert_eq!(refusal::<Untagged>(r#"{"$x":1}"#), reserved);
    assert_eq!(refusal::<BTreeMap<String, i32>>(r#"{"a":1,"$x":1}"#), reserved);
    assert!(refusal::<i64>(r#"{"$integer":"#).starts_with("the text is not valid JSON: EOF"));
}

#[test]
fn duplicate_keys() {
    assert_eq!(refusal::<BTreeMap<String, i32>>(r#"{"a":1,"b":1,"a":2}"#), "a: this field is given twice");
    assert_eq!(refusal::<HashMap<String, i32>>(r#"{"a":1,"\u0061":2}"#), "a: this field is given twice");
    let many: Vec<String> = (0..40).chain([30]).map(|n| format!("\"k{n}\":0")).collect();
    let many = format!("{{{}}}", many.join(","));
    assert_eq!(refusal::<BTreeMap<String, i32>>(&many), "k30: this field is given twice");
}

#[test]
fn ids() {
    let other = format!("\"{}\"", id(10_002, 1));
    assert_eq!(refusal::<Id<Job>>(&other), "expected an id of table `jobs`, found an id of table `users`");
    let error = json::read::<Id<Job>>(&other, &json::Decoding::wire(Some(&Tables))).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::WrongTable);
    let unknown = format!("\"{}\"", id(77, 1));
    assert_eq!(
        refusal::<Id<Job>>(&unknown),
        "expected an id of table `jobs`, found an id of an unknown table"
    );
    assert_eq!(
        refusal::<Id<Job>>("\"banana\""),
        "expected an id of table `jobs`, found a string: an id has 31 to 37 characters, this has 6"
    );
    assert_eq!(refusal::<Id<Job>>("7"), "expected an id, found a number");
    let key = format!("{{{other}:1}}");
    assert!(refusal::<BTreeMap<Id<Job>, i32>>(&key).contains("found an id of table `users`"));
    assert_eq!(json::read::<Id<Job>>(&other, &json::Decoding::default()).unwrap(), id(10_002, 1));
}

#[test]
fn documents() {
    let doc = Doc { id: id(10_001, 1), creation_time: Timestamp::UNIX_EPOCH, value: job() };
    let text = json::to_string(&doc).unwrap();
    assert_eq!(json::read::<Doc<Job>>(&text, &json::Decoding::wire(Some(&Tables))).unwrap(), doc);
    assert_eq!(refusal::<Doc<Job>>(&text.replace("_creationTime", "_time")), "_time: unknown field");
    let without = text.replace("\"_creationTime\":0.0,", "");
    assert_eq!(refusal::<Doc<Job>>(&without), "_creationTime: this field is missing");
    for twice in ["_creationTime", "_id"] {
        let value = if twice == "_id" { format!("\"{}\"", doc.id) } else { "1".to_owned() };
        let text = text.replace('{', &format!("{{\"{twice}\":{value},"));
        assert_eq!(refusal::<Doc<Job>>(&text), format!("{twice}: this field is given twice"));
    }
}

#[test]
fn too_deep() {
    #[derive(Debug, Deserialize, Serialize)]
    struct Nested(Vec<Nested>);
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(json::read::<Nested>(&nested(64), &json::Decoding::default()).is_ok());
    let error = json::read::<Nested>(&nested(65), &json::Decoding::default()).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::TooDeep);
    let error = json::read::<Nested>(&nested(100_000), &json::Decoding::default()).unwrap_err();
    assert_eq!(error.kind(), DecodeErrorKind::TooDeep);
}

#[test]
fn not_json() {
    for text in ["", "{", "[1,]", "nul", "1 2", "{\"a\" 1}"] {
        let error = json::read::<serde::de::IgnoredAny>(text, &json::Decoding::default()).unwrap_err();
        assert_eq!(error.kind(), DecodeErrorKind::Syntax, "{text}: {error}");
    }
}

#[test]
fn lenient_reading_skips_unknown_fields() {
    let text = r#"{"data":"a","extra":{"x":[1]},"count":1,"created_at":0}"#;
    assert!(json::read::<Job>(text, &json::Decoding::lenient()).is_ok());
    assert_eq!(refusal::<Job>(text), "extra: unknown field");
}
