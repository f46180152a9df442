//! What the macros write for usual types has the form and the schema of what serde and schemars derive, and the same words
//! for what does not fit.

use schemars::{JsonSchema, schema_for};
use serde::de::value::{Error as SerdeError, MapDeserializer, U64Deserializer};
use serde::{Serialize, de::DeserializeOwned};

/// The same types twice: once with our attribute, once with the derives.
macro_rules! types {
    ($module:ident: $attr:meta) => {
        mod $module {
            #[$attr]
            #[derive(Debug)]
            pub(super) enum Plain {
                Open,
                Closed = 7,
                r#Type,
            }

            /// # A state
            ///
            /// of something
            #[$attr]
            #[derive(Debug)]
            pub(super) enum Described {
                First,
                /// The second.
                ///   With more.
                Second,
                Third,
                /** # Title alone */
                Fourth,
            }

            #[$attr]
            #[derive(Debug)]
            pub(super) enum AllDescribed {
                /// One.
                One,
            }

            ///A thing,
            /// described.
            #[$attr]
            #[derive(Debug)]
            pub(super) struct Thing {
                pub name: String,
                /// How many.
                pub count: i64,
                pub r#type: Option<String>,
                /// Its state.
                pub state: Plain,
                pub other: Option<Described>,
                pub tags: Vec<String>,
                pub boxed: Box<Option<u32>>,
                pub pair: (u8, String),
            }

            #[$attr]
            #[derive(Debug)]
            pub(super) struct One {
                pub things: Vec<Thing>,
            }

            #[$attr]
            #[derive(Debug)]
            #[rustfmt::skip]
            pub(super) struct Widest {
                pub a0: u8, pub a1: u8, pub a2: u8, pub a3: u8, pub a4: u8, pub a5: u8, pub a6: u8, pub a7: u8,
                pub b0: u8, pub b1: u8, pub b2: u8, pub b3: u8, pub b4: u8, pub b5: u8, pub b6: u8, pub b7: u8,
                pub c0: u8, pub c1: u8, pub c2: u8, pub c3: u8, pub c4: u8, pub c5: u8, pub c6: u8, pub c7: u8,
                pub d0: u8, pub d1: u8, pub d2: u8, pub d3: u8, pub d4: u8, pub d5: u8, pub d6: u8, pub d7: u8,
            }

            #[$attr]
            #[derive(Debug)]
            pub(super) struct Tree {
                pub branches: Vec<Tree>,
                pub leaf: Option<bool>,
            }
        }
    };
}

types!(ours: mainspring::value);
types!(derived: derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema));

const THING: &str = r#"{"name":"n","count":3,"type":null,"state":"Open","other":"Second","tags":["a"],"boxed":5,"pair":[1,"x"]}"#;

const THINGS: &[&str] = &[
    THING,
    r#"{"name":"n","count":3,"state":"Type","tags":[],"boxed":null,"pair":[1,"x"]}"#,
    r#"{"pair":[1,"x"],"tags":[],"state":"Closed","count":3,"name":"n","boxed":9,"other":null}"#,
    r#"{"name":"n","unknown":{"a":[1]},"count":3,"state":"Open","tags":[],"pair":[1,"x"]}"#,
    r#"{"name":"n","count":3,"name":"m","state":"Open","tags":[],"pair":[1,"x"]}"#,
    r#"{"name":"n","count":3,"type":null,"type":null,"state":"Open","tags":[],"pair":[1,"x"]}"#,
    r#"{"name":"n","state":"Open","tags":[],"pair":[1,"x"]}"#,
    r#"{"name":"n","count":"3","state":"Open","tags":[],"pair":[1,"x"]}"#,
    r#"{"name":"n","count":3,"state":"Nowhere","tags":[],"pair":[1,"x"]}"#,
    r#"["n",3,null,"Open","Second",["a"],5,[1,"x"]]"#,
    r#"["n",3,null]"#,
    r#"["n",3,null,"Open","Second",["a"],5,[1,"x"],7]"#,
    "{}",
    "[]",
    "null",
    "3",
    r#""Thing""#,
    "{",
];

const NAMES: &[&str] = &[
    r#""Open""#,
    r#""Closed""#,
    r#""Type""#,
    r#""r#Type""#,
    r#""open""#,
    r#""First""#,
    r#""Fourth""#,
    r#""One""#,
    r#"{"Open":null}"#,
    r#"{"Open":3}"#,
    r#"{"Nowhere":null}"#,
    "{}",
    "0",
    "[]",
    "null",
];

/// What reading and writing again makes of `text`, or the words of the error.
fn outcome<T: DeserializeOwned + Serialize>(text: &str) -> Result<String, String> {
    let value: T = serde_json::from_str(text).map_err(|error| error.to_string())?;
    serde_json::to_string(&value).map_err(|error| error.to_string())
}

fn same<A: DeserializeOwned + Serialize, B: DeserializeOwned + Serialize>(texts: &[&str]) {
    for text in texts {
        assert_eq!(outcome::<A>(text), outcome::<B>(text), "{text}");
    }
}

#[test]
fn usual_types_have_the_form_that_serde_derives() {
    assert!(outcome::<ours::Thing>(THING).is_ok_and(|text| text == THING));
    same::<ours::Thing, derived::Thing>(THINGS);
    let within: Vec<_> = THINGS.iter().map(|thing| format!(r#"{{"things":[{thing}]}}"#)).collect();
    same::<ours::One, derived::One>(&within.iter().map(String::as_str).collect::<Vec<_>>());
    same::<ours::One, derived::One>(&["[]", "[[]]", "{}"]);
    same::<ours::Tree, derived::Tree>(&[r#"{"branches":[{"branches":[],"leaf":true}]}"#, "{}", "[[],null]"]);
    let widest = format!("[{}]", vec!["1"; 32].join(","));
    assert!(outcome::<ours::Widest>(&widest).is_ok());
    same::<ours::Widest, derived::Widest>(&[&widest, "{}"]);
    same::<ours::Plain, derived::Plain>(NAMES);
    same::<ours::Described, derived::Described>(NAMES);
    same::<ours::AllDescribed, derived::AllDescribed>(NAMES);
}

#[test]
fn fields_and_variants_are_known_by_number_as_serde_derives() {
    fn by_number<T: DeserializeOwned + Serialize>(place: u64) -> Result<String, String> {
        let map = MapDeserializer::<_, SerdeError>::new([(place, true)].into_iter());
        let value = T::deserialize(map).map_err(|error| error.to_string())?;
        serde_json::to_string(&value).map_err(|error| error.to_string())
    }
    fn variant<T: DeserializeOwned + Serialize>(place: u64) -> Result<String, String> {
        let value =
            T::deserialize(U64Deserializer::<SerdeError>::new(place)).map_err(|error| error.to_string())?;
        serde_json::to_string(&value).map_err(|error| error.to_string())
    }
    for place in [0, 1, 2, 3, u64::MAX] {
        assert_eq!(by_number::<ours::Tree>(place), by_number::<derived::Tree>(place), "{place}");
        assert_eq!(by_number::<ours::Thing>(place), by_number::<derived::Thing>(place), "{place}");
        assert_eq!(variant::<ours::Plain>(place), variant::<derived::Plain>(place), "{place}");
    }
}

#[test]
fn usual_types_have_the_schema_that_schemars_derives() {
    fn same<A: JsonSchema, B: JsonSchema>() {
        assert_eq!(schema_for!(A), schema_for!(B));
        assert_eq!(A::schema_name(), B::schema_name());
        assert_eq!(A::schema_id().replace("::ours::", "::derived::"), B::schema_id());
        let written = schemars::generate::SchemaSettings::draft2020_12().for_serialize();
        let of_written = |schema: schemars::Schema| schema.to_value();
        assert_eq!(
            of_written(written.clone().into_generator().into_root_schema_for::<A>()),
            of_written(written.into_generator().into_root_schema_for::<B>()),
        );
    }
    same::<ours::Plain, derived::Plain>();
    same::<ours::Described, derived::Described>();
    same::<ours::AllDescribed, derived::AllDescribed>();
    same::<ours::Thing, derived::Thing>();
    same::<ours::One, derived::One>();
    same::<ours::Tree, derived::Tree>();
}
