//! What goes into an encoding comes out, and the encodings agree with one another.

use proptest::prelude::*;

use super::model::{Model, models};
use crate::value::*;

fn text_of(model: &Model, format: JsonFormat) -> (String, usize) {
    let mut out = Vec::new();
    let size = json::write(model, format, &Limits::VALUE, &mut out).unwrap();
    (String::from_utf8(out).unwrap(), size)
}

fn stored(model: &Model) -> (Vec<u8>, usize) {
    let mut out = Vec::new();
    let size = binary::write(model, &Limits::VALUE, &mut out).unwrap();
    (out, size)
}

fn transcoded(bytes: &[u8], format: JsonFormat) -> String {
    let mut out = Vec::new();
    binary::to_json(bytes, format, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Equal, where a NaN is equal to itself: models differ if and only if their JSON does.
fn assert_same(left: &Model, right: &Model) {
    assert_eq!(text_of(left, JsonFormat::Encoded), text_of(right, JsonFormat::Encoded));
}

proptest! {
    #[test]
    fn json_and_back(model in models()) {
        let (text, _) = text_of(&model, JsonFormat::Encoded);
        for how in [json::Decoding::wire(None), json::Decoding::lenient()] {
            let read: Model = json::read(&text, &how).unwrap_or_else(|error| panic!("{error} in {text}"));
            assert_same(&read, &model);
        }
    }

    #[test]
    fn stored_and_back(model in models()) {
        let (bytes, _) = stored(&model);
        let read: Model = binary::read(&bytes).unwrap();
        assert_same(&read, &model);
    }

    #[test]
    fn stored_to_json_is_json(model in models()) {
        let (bytes, size) = stored(&model);
        for format in [JsonFormat::Encoded, JsonFormat::Clean] {
            let (text, text_size) = text_of(&model, format);
            prop_assert_eq!(transcoded(&bytes, format), text);
            prop_assert_eq!(size, text_size);
        }
    }

    #[test]
    fn valid_json_for_others_too(model in models()) {
        for format in [JsonFormat::Encoded, JsonFormat::Clean] {
            let (text, _) = text_of(&model, format);
            prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok(), "{}", text);
        }
    }
}
