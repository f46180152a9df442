//! Values and tables: reading the item, and the rules for it.
//!
//! Owns the grammar of `#[index(name(field, …))]` and what names tables, indexes and fields may have.
//! Invariant: a broken index is reported and left out; the table and its other indexes go on.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{
    Attribute, Data, DeriveInput, Field, Fields, Ident, LitStr, Meta, Path, Token, Type, parenthesized,
};

use crate::attr::{self, Spanned};
use crate::check::{self, MAX_NAME};
use crate::errors::Errors;

const MAX_INDEX_FIELDS: usize = 15;
/// Of 1024 fields of an object, two are the id and the creation time.
const MAX_FIELDS: usize = 1022;
const SYSTEM_INDEXES: [&str; 2] = ["by_id", "by_creation_time"];

/// A struct or enum that travels and is stored.
#[derive(Clone, Copy)]
pub(crate) struct Value<'a> {
    pub(crate) source: &'a DeriveInput,
    /// Whether its fields and generics are in order.
    pub(crate) sound: bool,
}

/// A struct whose values are the documents of a table.
pub(crate) struct Table<'a> {
    pub(crate) value: Value<'a>,
    pub(crate) name: String,
    pub(crate) indexes: Vec<Index<'a>>,
}

/// An order in which a table can be read.
pub(crate) struct Index<'a> {
    pub(crate) written: Ident,
    pub(crate) fields: Vec<IndexField<'a>>,
}

/// A field as an index names it, and as the struct declares it.
pub(crate) struct IndexField<'a> {
    written: Ident,
    field: &'a Field,
}

impl<'a> Value<'a> {
    pub(crate) fn new(source: &'a DeriveInput, sound: bool) -> Self {
        Self { source, sound }
    }

    /// The `#[cfg]`s that every generated item repeats.
    pub(crate) fn cfgs(&self) -> Vec<&'a Attribute> {
        self.source.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).collect()
    }

    /// The fields that are sent and stored as they are: not generic, and nothing that serde is told to do differently.
    pub(crate) fn plain_fields(&self) -> Vec<&'a Field> {
        let own_way =
            |attrs: &[Attribute], words: &[&str]| attrs.iter().any(|attr| says_any(attr, "serde", words));
        let by_another_type = ["from", "try_from", "into", "remote"];
        if !self.source.generics.params.is_empty() || own_way(&self.source.attrs, &by_another_type) {
            return Vec::new();
        }
        let by_functions =
            ["skip", "skip_serializing", "skip_deserializing", "with", "serialize_with", "deserialize_with"];
        let all = fields(self.source).into_iter();
        all.filter(|field| !own_way(&field.attrs, &by_functions)).collect()
    }

    /// Whether the user derives a trait of this name already.
    pub(crate) fn derives(&self, name: &str) -> bool {
        let list = Punctuated::<Path, Token![,]>::parse_terminated;
        let derives = self.source.attrs.iter().filter(|attr| attr.path().is_ident("derive"));
        derives
            .filter_map(|attr| attr.parse_args_with(list).ok())
            .flatten()
            .any(|path| path.segments.last().is_some_and(|last| last.ident == name))
    }
}

impl Index<'_> {
    pub(crate) fn name(&self) -> String {
        self.written.unraw().to_string()
    }
}

impl<'a> IndexField<'a> {
    pub(crate) fn name(&self) -> String {
        self.written.unraw().to_string()
    }

    pub(crate) fn ty(&self) -> &'a Type {
        &self.field.ty
    }

    /// The field's identifier, on its mention in `#[index]`.
    pub(crate) fn member(&self) -> Ident {
        let mut member = self.field.ident.clone().unwrap_or_else(|| self.written.clone());
        member.set_span(self.written.span());
        member
    }
}

/// Reads the item under `#[value]` or `#[table]`, with the rules that both share, and whether its fields and generics
/// keep them. `None` if it is not a type.
pub(crate) fn read_value(
    macro_name: &str,
    item: TokenStream,
    errors: &mut Errors,
) -> Option<(DeriveInput, bool)> {
    let mut source: DeriveInput = match syn::parse2(item) {
        Ok(source) => source,
        Err(error) => {
            let what = if macro_name == "table" { "struct" } else { "struct or enum" };
            let hint =
                format!("`#[{macro_name}]` needs a complete {what}: {error}\nhelp: put it on a {what}");
            errors.push(syn::Error::new(error.span(), hint));
            return None;
        }
    };
    if let Data::Union(data) = &source.data {
        errors.on(
            data.union_token,
            format!(
                "`#[{macro_name}]` stands on a union: its content has no known type\nhelp: write an enum"
            ),
        );
        return None;
    }
    one_macro(macro_name, &mut source, errors);
    let sound = errors.section(|errors| {
        no_generics(macro_name, &source, errors);
        typed_fields(&source, errors);
    });
    Some((source, sound))
}

/// `#[table]` makes a value as well, so both together would implement everything twice.
fn one_macro(macro_name: &str, source: &mut DeriveInput, errors: &mut Errors) {
    source.attrs.retain(|attr| {
        let second = attr.path().segments.last().map(|segment| segment.ident.to_string());
        let Some(second) = second.filter(|second| second == "value" || second == "table") else {
            return true;
        };
        errors.on(
            attr,
            format!(
                "`{}` has `#[{macro_name}]` and `#[{second}]`: a table's documents are values already\n\
                 help: keep `#[table]` alone",
                source.ident,
            ),
        );
        false
    });
}

/// The schema of a value is one; a generic type would have one for each use.
fn no_generics(macro_name: &str, source: &DeriveInput, errors: &mut Errors) {
    if !source.generics.params.is_empty() {
        errors.on(
            &source.generics,
            format!(
                "`{}` is generic: a type with `#[{macro_name}]` has one schema\n\
                 help: write the types themselves",
                source.ident,
            ),
        );
    }
}

/// No field may smuggle in untyped JSON, or borrow.
fn typed_fields(source: &DeriveInput, errors: &mut Errors) {
    if !source.generics.params.is_empty() {
        return;
    }
    for field in fields(source) {
        let place = field.ident.as_ref().map_or_else(
            || format!("field of `{}`", source.ident),
            |name| format!("field `{}` of `{}`", name.unraw(), source.ident),
        );
        check::owned(&place, &field.ty, errors);
    }
}

/// All fields, those of every variant.
fn fields(source: &DeriveInput) -> Vec<&Field> {
    match &source.data {
        Data::Struct(data) => data.fields.iter().collect(),
        Data::Enum(data) => data.variants.iter().flat_map(|variant| &variant.fields).collect(),
        Data::Union(_) => Vec::new(),
    }
}

/// Whether `attr` is `#[name(…)]` with one of `words` at the start of an entry.
fn says_any(attr: &Attribute, name: &str, words: &[&str]) -> bool {
    let Meta::List(list) = &attr.meta else { return false };
    let entry = |input: ParseStream| Ok((input.call(Ident::parse_any)?, input.parse::<TokenStream>()?));
    attr.path().is_ident(name)
        && attr::entries(list.tokens.clone())
            .into_iter()
            .filter_map(|tokens| entry.parse2(tokens).ok())
            .any(|(key, _)| words.iter().any(|word| key == word))
}

/// One `#[index(name(field, …))]` line, before its fields are looked up.
pub(crate) struct IndexLine {
    name: Ident,
    fields: Vec<Ident>,
}

impl Parse for IndexLine {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let name = input.call(Ident::parse_any)?;
        let content;
        parenthesized!(content in input);
        let fields = content.call(Punctuated::<Ident, Token![,]>::parse_terminated)?;
        Ok(Self { name, fields: fields.into_iter().collect() })
    }
}

/// Takes the `#[index]` lines off the struct.
pub(crate) fn take_indexes(source: &mut DeriveInput, errors: &mut Errors) -> Vec<IndexLine> {
    let (lines, rest) = std::mem::take(&mut source.attrs).into_iter().partition::<Vec<_>, _>(is_index);
    source.attrs = rest;
    let read = |attr: Attribute| {
        let parsed = match &attr.meta {
            Meta::List(list) => list.parse_args::<IndexLine>().ok(),
            _ => None,
        };
        if parsed.is_none() {
            errors.on(
                &attr,
                "index is not `name(field, …)`\n\
                 help: write `#[index(by_status(status))]`, with one `#[index]` for each index",
            );
        }
        parsed
    };
    lines.into_iter().filter_map(read).collect()
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
        if let Some(extra) = fields.get(MAX_FIELDS).and_then(|field| field.ident.as_ref()) {
            let count = fields.len();
            errors.on(extra, format!("table `{}` has {count} fields: {MAX_FIELDS} are the most\nhelp: put some of them into a `#[value]` struct", source.ident));
        }
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
                        "index `{name}` is declared twice in table `{}`: as {} and as {}\nhelp: rename one",
                        self.name,
                        list(first.collect()),
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

/// Answers an `#[index]` that no `#[table]` above it has consumed. If a `#[table]` follows, the line goes below it, so
/// that the index exists and its place is the only mistake.
pub(crate) fn stray_index(arguments: &TokenStream, item: TokenStream, errors: &mut Errors) -> TokenStream {
    let read = |input: ParseStream| Ok((input.call(Attribute::parse_outer)?, input.parse::<TokenStream>()?));
    let (mut attrs, rest) = read.parse2(item.clone()).unwrap_or((Vec::new(), item));
    let culprit = if arguments.is_empty() { quote!(#[index]) } else { arguments.clone() };
    match attrs.iter().position(is_table) {
        Some(table) => {
            errors.on(culprit, "index stands above `#[table]`, which reads only what is below it\nhelp: move it down");
            attrs.insert(table + 1, syn::parse_quote!(#[index(#arguments)]));
        }
        None => errors.on(
            culprit,
            "index stands on an item that is no table\nhelp: put `#[table(name = \"…\")]` above it, or remove it",
        ),
    }
    attrs.into_iter().map(ToTokens::into_token_stream).chain([rest]).collect()
}

fn is_index(attr: &Attribute) -> bool {
    attr.path().segments.last().is_some_and(|last| last.ident == "index")
}

fn is_table(attr: &Attribute) -> bool {
    attr.path().segments.last().is_some_and(|last| last.ident == "table")
}
