//! Arguments of functions.

use super::model::{Job, Tables, id};
use crate::value::JsonFormat;
use crate::value::*;

type Three = (String, Option<i64>, Vec<Id<Job>>);
const THREE: &[&str] = &["text", "limit", "ids"];

fn read(text: &str) -> Result<Three, String> {
    Three::decode_json(THREE, text, Some(&Tables)).map_err(|error| error.to_string())
}

#[test]
fn both_forms_round_trip() {
    let arguments: Three = ("a".into(), Some(-1), vec![id(10_001, 3)]);
    let (mut text, mut bytes) = (Vec::new(), Vec::new());
    arguments.encode_binary(THREE, &Limits::VALUE, &mut bytes).unwrap();
    binary::to_json(&bytes, JsonFormat::Encoded, &mut text).unwrap();
    let text = String::from_utf8(text).unwrap();
    assert!(text.starts_with(r#"{"text":"a","limit":{"$integer":"//////////8="},"ids":["#));
    assert_eq!(read(&text).unwrap(), arguments);
    assert_eq!(read(&format!(" [ {text} ] ")).unwrap(), arguments);
    assert_eq!(Three::decode_binary(THREE, &bytes).unwrap(), arguments);
}

#[test]
fn order_does_not_matter_and_options_may_be_missing() {
    assert_eq!(read(r#"{"ids":[],"text":"b"}"#).unwrap(), ("b".into(), None, vec![]));
}

#[test]
fn says_what_is_wrong() {
    let other = format!(r#"[{{"text":"b","ids":["{}"]}}]"#, id(10_002, 1));
    let cases = [
        (r#"{"text":"b"}"#, "args.ids: this field is missing"),
        (r#"{"text":"b","ids":[],"x":1}"#, "args.x: unknown field, expected one of `text`, `limit`, `ids`"),
        (r#"{"text":"b","ids":[],"text":""}"#, "args.text: this field is given twice"),
        (r#"{"text":7,"ids":[]}"#, "args.text: expected a string, found a number"),
        (r#"[{"text":"b","ids":[7]}]"#, "args.ids[0]: expected an id, found a number"),
        (&other, "args.ids[0]: expected an id of table `jobs`, found an id of table `users`"),
        ("[]", "args: expected one object with the arguments, found 0 elements"),
        (r#"[{"text":"b","ids":[]},{}]"#, "args: expected 1 elements, found more"),
        (r#"["text"]"#, "args: expected an object, found a string"),
        ("null", "args: expected an object, found null"),
    ];
    for (text, expected) in cases {
        assert_eq!(read(text).unwrap_err(), expected, "{text}");
    }
    assert!(read("{").unwrap_err().starts_with("args: the text is not valid JSON: EOF"));
}

#[test]
fn stored_arguments_say_what_is_wrong() {
    let mut bytes = Vec::new();
    (7_i32, true).encode_binary(&["text", "other"], &Limits::VALUE, &mut bytes).unwrap();
    let error = Three::decode_binary(THREE, &bytes).unwrap_err();
    assert_eq!(error.to_string(), "args.text: expected a string, found a number");
    let error = <(i32,)>::decode_binary(&["text"], &bytes).unwrap_err();
    assert_eq!(error.to_string(), "args.other: unknown field, expected `text`");
}

#[test]
fn limits_name_the_argument() {
    let limits = Limits { size: 10, ..Limits::VALUE };
    let error = ("x".repeat(20),).encode_binary(&["text"], &limits, &mut Vec::new()).unwrap_err();
    assert_eq!(error.to_string(), "args.text: the value is larger than 10 bytes");
}

#[test]
fn no_arguments() {
    <()>::decode_json(&[], "{}", None).unwrap();
    <()>::decode_json(&[], "[{}]", None).unwrap();
    let error = <()>::decode_json(&[], r#"{"a":1}"#, None).unwrap_err();
    assert_eq!(error.to_string(), "args.a: unknown field, expected none");
}

#[test]
fn names_that_do_not_match_are_errors() {
    assert!((1_u8, 2_u8).encode_binary(&["a"], &Limits::VALUE, &mut Vec::new()).is_err());
    assert!(<(u8, u8)>::decode_json(&["a"], r#"{"a":1}"#, None).is_err());
    assert!(<(u8,)>::decode_json(&["a", "b"], r#"{"a":1,"b":2}"#, None).is_err());
}
