//! Standard types, as values.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::fmt::Debug;

use super::model::{Job, id};
use crate::value::*;

fn through_all<T: Value + PartialEq + Debug>(value: &T) {
    let text = json::to_string(value).unwrap();
    assert_eq!(json::read::<T>(&text, &json::Decoding::default()).unwrap(), *value, "{text}");
    let mut bytes = Vec::new();
    binary::write(value, &Limits::VALUE, &mut bytes).unwrap();
    assert_eq!(binary::read::<T>(&bytes).unwrap(), *value, "{text}");
    // Foreign formats.
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(serde_json::from_str::<T>(&text).unwrap(), *value, "{text}");
    let _ = schemars::schema_for!(T);
}

#[test]
fn standard_types_are_values() {
    through_all(&());
    through_all(&Some(i8::MIN));
    through_all(&Box::new(u16::MAX));
    through_all(&VecDeque::from([1.5_f32, 2.0]));
    through_all(&BTreeSet::from(['a', '\u{1f600}']));
    through_all(&HashSet::from([isize::MIN, 0]));
    through_all(&[[true; 3]; 2]);
    through_all(&BTreeMap::from([("a".to_owned(), vec![1_u64]), (String::new(), vec![])]));
    through_all(&HashMap::from([("b".to_owned(), Bytes::from(vec![0, 255]))]));
    through_all(&BTreeMap::from([(id(1, 2), Timestamp::from_millis(5))]));
    through_all(&(
        1_i32,
        "two".to_owned(),
        3.0,
        [4_u8],
        (5_i64,),
        6_u8,
        7_u8,
        8_u8,
        9_u8,
        10_u8,
        11_u8,
        12_u8,
    ));
    through_all(&Doc { id: id(1, 2), creation_time: Timestamp::from_secs(9), value: super::model::job() });
}

#[test]
fn results_and_untyped_json_are_not_values() {
    /// Answers for all types by the trait, for values by the inherent constant that shadows it.
    struct Ask<T>(std::marker::PhantomData<T>);
    trait Otherwise {
        const IS_VALUE: bool = false;
    }
    impl<T> Otherwise for Ask<T> {}
    impl<T: Value> Ask<T> {
        const IS_VALUE: bool = true;
    }
    const { assert!(Ask::<Vec<Id<Job>>>::IS_VALUE) };
    const { assert!(!Ask::<Result<i32, String>>::IS_VALUE) };
    const { assert!(!Ask::<serde_json::Value>::IS_VALUE) };
    const { assert!(!Ask::<std::time::Duration>::IS_VALUE) };
    const { assert!(!Ask::<BTreeMap<u32, String>>::IS_VALUE) };
}

#[test]
fn compact_foreign_formats_get_compact_forms() {
    use serde::Deserialize;
    use serde::de::value::{BytesDeserializer, Error};
    struct Compact<D>(D);
    impl<'de, D: serde::Deserializer<'de>> serde::Deserializer<'de> for Compact<D> {
        type Error = D::Error;
        fn is_human_readable(&self) -> bool {
            false
        }
        fn deserialize_any<V: serde::de::Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
            self.0.deserialize_any(visitor)
        }
        fn deserialize_newtype_struct<V: serde::de::Visitor<'de>>(
            self,
            _: &'static str,
            visitor: V,
        ) -> Result<V::Value, D::Error> {
            visitor.visit_newtype_struct(self)
        }
        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
            unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
        }
    }
    let mut bytes = vec![0, 0, 0, 1];
    bytes.extend([2; 16]);
    let read = Id::<Job>::deserialize(Compact(BytesDeserializer::<Error>::new(&bytes))).unwrap();
    assert_eq!(read, id(1, 2));
    assert!(Id::<Job>::deserialize(Compact(BytesDeserializer::<Error>::new(&bytes[1..]))).is_err());
}

#[test]
fn schemas_tell_special_types() {
    let schema = serde_json::to_value(schemars::schema_for!(Doc<Job>)).unwrap();
    assert_eq!(schema["properties"]["_id"]["x-table"], "jobs");
    assert_eq!(schema["properties"]["_creationTime"]["format"], "timestamp-millis");
    assert_eq!(schema["properties"]["created_at"]["format"], "timestamp-millis");
    assert_eq!(schema["properties"]["data"]["type"], "string");
    let required: Vec<_> =
        schema["required"].as_array().unwrap().iter().filter_map(|name| name.as_str()).collect();
    assert_eq!(required, ["data", "count", "created_at", "_id", "_creationTime"]);
}
