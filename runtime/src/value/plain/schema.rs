//! Schemas of structs with named fields and of enums of names, from tables of their parts.
//!
//! Invariant: the schema is the one that schemars would derive; the tests compare.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::value::{FieldOf, Value};

/// A field of a struct or a variant of an enum, and what its documentation says.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct Part {
    name: &'static str,
    docs: &'static str,
    schema: fn(&mut SchemaGenerator) -> Schema,
    is_option: bool,
}

impl Part {
    /// The field with the number `N` to the witness `W`.
    #[doc(hidden)]
    pub const fn witnessed<W: FieldOf<N>, const N: usize>(name: &'static str, docs: &'static str) -> Self {
        Self::field::<W::Type>(name, docs)
    }

    /// A field of type `T`. `docs` are its doc comments, joined.
    #[doc(hidden)]
    pub const fn field<T: Value>(name: &'static str, docs: &'static str) -> Self {
        Self { name, docs, schema: SchemaGenerator::subschema_for::<T>, is_option: T::IS_OPTION }
    }
}

/// The schema of a struct with the documentation `docs`.
#[doc(hidden)]
pub fn struct_schema(generator: &mut SchemaGenerator, docs: &str, fields: &[Part]) -> Schema {
    let may_be_missing = generator.contract().is_deserialize();
    let (mut properties, mut required) = (serde_json::Map::new(), Vec::new());
    for field in fields {
        let mut schema = (field.schema)(generator);
        describe(&mut schema, field.docs);
        properties.insert(field.name.to_owned(), schema.into());
        if !(may_be_missing && field.is_option) {
            required.push(field.name);
        }
    }
    let mut schema = json_schema!({ "type": "object" });
    schema.insert("properties".to_owned(), properties.into());
    if !required.is_empty() {
        schema.insert("required".to_owned(), required.into());
    }
    describe(&mut schema, docs);
    schema
}

/// The schema of an enum of names, each with its documentation; those without are one schema.
#[doc(hidden)]
pub fn names_schema(docs: &str, variants: &[(&str, &str)]) -> Schema {
    let plain: Vec<_> = variants.iter().filter(|(_, docs)| docs.is_empty()).map(|(name, _)| *name).collect();
    let of_plain = json_schema!({ "type": "string", "enum": plain });
    let mut schema = if plain.len() == variants.len() {
        of_plain
    } else {
        let first = (!plain.is_empty()).then_some(of_plain);
        let documented = variants.iter().filter(|(_, docs)| !docs.is_empty()).map(|(name, docs)| {
            let mut schema = json_schema!({ "type": "string", "const": name });
            describe(&mut schema, docs);
            schema
        });
        let all: Vec<Schema> = first.into_iter().chain(documented).collect();
        json_schema!({ "oneOf": all })
    };
    describe(&mut schema, docs);
    schema
}

/// Adds a heading as the title, and the rest as the description.
fn describe(schema: &mut Schema, docs: &str) {
    let docs = docs.trim_ascii();
    let (title, description) = match docs.strip_prefix('#') {
        Some(text) => text.split_once('\n').unwrap_or((text, "")),
        None => ("", docs),
    };
    let title = title.trim_start_matches('#').trim_ascii();
    for (key, text) in [("title", title), ("description", description.trim_ascii())] {
        if !text.is_empty() {
            schema.insert(key.to_owned(), text.into());
        }
    }
}
