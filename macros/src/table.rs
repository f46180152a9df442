//! Tables: the rules for a struct whose values are documents.
//!
//! Owns what names tables, indexes and fields may have, and how many there may be.
//! Invariant: a broken index is reported and left out; the table and its other indexes go on.

use quote::quote;
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::{Data, DeriveInput, Field, Fields, Ident, LitStr, Token};

use crate::attr::Spanned;
use crate::check::MAX_NAME;
use crate::errors::Errors;
use crate::index::{Index, IndexField, IndexLine};
use crate::value::{Value, not_too_many};

const MAX_INDEX_FIELDS: usize = 15;
/// Of 1024 fields of an object, two are the id and the creation time.
const MAX_FIELDS: usize = 1022;
const SYSTEM_INDEXES: [&str; 2] = ["by_id", "by_creation_time"];

/// A struct whose values are the documents of a table.
pub(crate) struct Table<'a> {
    pub(crate) value: Value<'a>,
    pub(crate) name: String,
    pub(crate) indexes: Vec<Index<'a>>,
}

impl<'a> Table<'a> {
    /// Checks a table's parts. `None` if the item has no named fields, so that nothing can be a document.
    pub(crate) fn new(
        value: Value<'a>,
        name: Option<&Spanned<LitStr>>,
        name_is_missed: bool,
        lines: Vec<IndexLine>,
        errors: &mut Errors,
    ) -> Option<Self> {
        let source = value.source;
        let fields = named_fields(source, errors)?;
        not_too_many("table", source, fields, MAX_FIELDS, errors);
        for field in fields.iter().filter_map(|field| field.ident.as_ref()) {
            let name = field.unraw().to_string();
            if name.starts_with('_') {
                errors.on(
                    field,
                    format!("field `{name}` has a reserved name: names that start with `_` belong to mainspring\nhelp: rename it"),
                );
            }
        }
        let mut table =
            Self { value, name: table_name(source, name, name_is_missed, errors), indexes: Vec::new() };
        for line in lines {
            let index = table.index(line, fields, errors);
            table.indexes.extend(index);
        }
        Some(table)
    }

    /// Looks up one index; a mistake in its name leaves it out, a mistake in a field leaves out the field.
    fn index(
        &self,
        line: IndexLine,
        fields: &'a Punctuated<Field, Token![,]>,
        errors: &mut Errors,
    ) -> Option<Index<'a>> {
        let name = line.name.unraw().to_string();
        let named = errors.section(|errors| {
            if let Some(rule) = broken_name(&name) {
                errors.on(&line.name, format!("index `{name}` {rule}"));
            } else if syn::parse_str::<Ident>(&line.name.to_string()).is_err() {
                errors.on(
                    &line.name,
                    format!("index `{name}` is called like a keyword, and is a constant of `{}`\nhelp: write `r#{name}`, or rename it", self.value.source.ident),
                );
            } else if SYSTEM_INDEXES.contains(&name.as_str()) {
                errors.on(
                    &line.name,
                    format!("index `{name}` exists in every table\nhelp: remove it, or rename it"),
                );
            } else if let Some(other) = self.indexes.iter().find(|other| other.name() == name) {
                let (first, second) = (other.fields.iter().map(IndexField::name), &line.fields);
                let list = |fields: Vec<String>| format!("`{name}({})`", fields.join(", "));
                errors.on(
                    &line.name,
                    format!(
                        "index `{name}` is declared twice in table `{}`: as {} in line {} and as {}\nhelp: rename one",
                        self.name,
                        list(first.collect()),
                        other.written.span().start().line,
                        list(second.iter().map(|field| field.unraw().to_string()).collect()),
                    ),
                );
            }
        });
        if line.fields.is_empty() {
            errors.on(
                &line.name,
                format!("index `{name}` has no fields: it orders nothing\nhelp: write `{name}(field)`"),
            );
        }
        if let Some(extra) = line.fields.get(MAX_INDEX_FIELDS) {
            let count = line.fields.len();
            errors.on(
                extra,
                format!("index `{name}` has {count} fields: {MAX_INDEX_FIELDS} are the most\nhelp: keep those that queries compare first"),
            );
        }
        let mut index = Index { written: line.name, fields: Vec::new() };
        for written in line.fields {
            let plain = written.unraw();
            if index.fields.iter().any(|field| plain == field.name()) {
                errors.on(&written, format!("index `{name}` names field `{plain}` twice\nhelp: remove one"));
                continue;
            }
            match fields.iter().find(|field| field.ident.as_ref().is_some_and(|ident| ident.unraw() == plain))
            {
                Some(field) => index.fields.push(IndexField { written, field }),
                None => errors.on(&written, unknown_field(&name, &plain, fields)),
            }
        }
        named.then_some(index)
    }
}

fn named_fields<'a>(
    source: &'a DeriveInput,
    errors: &mut Errors,
) -> Option<&'a Punctuated<Field, Token![,]>> {
    match &source.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => return Some(&fields.named),
            _ => errors.on(
                &source.ident,
                format!("table `{0}` has no named fields: a document is an object\nhelp: write `struct {0} {{ … }}`", source.ident),
            ),
        },
        Data::Enum(data) => errors.on(
            data.enum_token,
            format!("table `{0}` is an enum: a document is an object\nhelp: write a struct with a field of type `{0}`, and `#[value]` on the enum", source.ident),
        ),
        Data::Union(_) => {}
    }
    None
}

/// The table's name. Where an option is broken, that is the mistake, and a missing name is none of its own.
fn table_name(
    source: &DeriveInput,
    name: Option<&Spanned<LitStr>>,
    is_missed: bool,
    errors: &mut Errors,
) -> String {
    let fallback = source.ident.unraw().to_string().to_lowercase();
    let Some(name) = name else {
        if is_missed {
            errors.on(
                &source.ident,
                format!(
                    "table `{}` has no name in the database\nhelp: write `#[table(name = \"{fallback}s\")]`",
                    source.ident
                ),
            );
        }
        return fallback;
    };
    let text = name.value.value();
    if let Some(rule) = broken_name(&text) {
        let (key, value) = (&name.key, &name.value);
        errors.on(quote!(#key = #value), format!("table name `{text}` {rule}"));
    }
    text
}

/// The rule that a table's or index's name breaks, and the fix.
fn broken_name(name: &str) -> Option<String> {
    let mut characters = name.chars();
    let first = characters.next();
    if first == Some('_') {
        return Some(
            "is reserved: names that start with `_` belong to mainspring\nhelp: rename it".to_owned(),
        );
    }
    let valid = first.is_some_and(|first| first.is_ascii_alphabetic())
        && characters.all(|character| character.is_ascii_alphanumeric() || character == '_');
    if !valid {
        return Some(
            "is not a name: a letter comes first, then letters, digits and `_`\nhelp: rename it".to_owned(),
        );
    }
    let length = name.len();
    (length > MAX_NAME).then(|| format!("has {length} characters: {MAX_NAME} are the most\nhelp: shorten it"))
}

fn unknown_field(index: &str, field: &Ident, fields: &Punctuated<Field, Token![,]>) -> String {
    let known: Vec<_> = fields
        .iter()
        .filter_map(|field| field.ident.as_ref())
        .map(|field| format!("`{}`", field.unraw()))
        .collect();
    format!(
        "index `{index}` names field `{}`, which the table does not have\nhelp: the fields are {}",
        field,
        known.join(", "),
    )
}
