//! Values: reading a struct or enum, and the rules that `#[value]` and `#[table]` share.
//!
//! Owns what a field says of itself to serde and schemars.
//! Must never know: tables and indexes.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Data, DeriveInput, Field, Fields, Ident, LitStr, Meta, Path, Token, Type, Visibility};

use crate::errors::Errors;
use crate::{attr, check, signature};

/// Of an object.
const MAX_FIELDS: usize = 1024;

/// What serde is told: the word, where it may stand, and what follows it.
const SERDE: [(&str, &[Place], Form); 30] = [
    ("alias", &[Place::Variant, Place::Field], Form::Text),
    ("borrow", &[Place::Variant, Place::Field], Form::Any),
    ("bound", &[Place::Type, Place::Variant, Place::Field], Form::Text),
    ("content", &[Place::Type], Form::Text),
    ("crate", &[Place::Type], Form::Text),
    ("default", &[Place::Type, Place::Field], Form::Any),
    ("deny_unknown_fields", &[Place::Type], Form::Flag),
    ("deserialize_with", &[Place::Variant, Place::Field], Form::Text),
    ("expecting", &[Place::Type], Form::Text),
    ("field_identifier", &[Place::Type], Form::Flag),
    ("flatten", &[Place::Field], Form::Flag),
    ("from", &[Place::Type], Form::Text),
    ("getter", &[Place::Field], Form::Text),
    ("into", &[Place::Type], Form::Text),
    ("other", &[Place::Variant], Form::Flag),
    ("remote", &[Place::Type], Form::Text),
    ("rename", &[Place::Type, Place::Variant, Place::Field], Form::Text),
    ("rename_all", &[Place::Type, Place::Variant], Form::Text),
    ("rename_all_fields", &[Place::Type], Form::Text),
    ("serialize_with", &[Place::Variant, Place::Field], Form::Text),
    ("skip", &[Place::Variant, Place::Field], Form::Flag),
    ("skip_deserializing", &[Place::Variant, Place::Field], Form::Flag),
    ("skip_serializing", &[Place::Variant, Place::Field], Form::Flag),
    ("skip_serializing_if", &[Place::Field], Form::Text),
    ("tag", &[Place::Type], Form::Text),
    ("transparent", &[Place::Type], Form::Flag),
    ("try_from", &[Place::Type], Form::Text),
    ("untagged", &[Place::Type, Place::Variant], Form::Flag),
    ("variant_identifier", &[Place::Type], Form::Flag),
    ("with", &[Place::Variant, Place::Field], Form::Text),
];

/// Of these, serde takes one text for each direction as well: `rename(serialize = "a", deserialize = "b")`.
const LISTS: [&str; 4] = ["bound", "rename", "rename_all", "rename_all_fields"];

/// How serde writes names.
const CASES: [&str; 8] = [
    "lowercase",
    "UPPERCASE",
    "PascalCase",
    "camelCase",
    "snake_case",
    "SCREAMING_SNAKE_CASE",
    "kebab-case",
    "SCREAMING-KEBAB-CASE",
];

/// What an attribute stands on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Type,
    Variant,
    Field,
}

/// What follows a word of serde's.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// Nothing.
    Flag,
    /// `= "…"`
    Text,
    /// Either.
    Any,
}

/// Names of types that are values wherever they mean what they mean in the prelude.
const STD: [&str; 17] = [
    "bool", "char", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "usize", "f32", "f64", "String",
    "Option", "Vec", "Box",
];

/// A struct or enum that travels and is stored.
#[derive(Clone, Copy)]
pub(crate) struct Value<'a> {
    pub(crate) source: &'a DeriveInput,
    /// Whether its fields and generics are in order.
    pub(crate) sound: bool,
}

impl Place {
    fn noun(self) -> &'static str {
        match self {
            Self::Type => "a type",
            Self::Variant => "a variant",
            Self::Field => "a field",
        }
    }
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
    pub(crate) fn plain_fields(&self) -> Vec<PlainField<'a>> {
        let by_another_type = ["from", "try_from", "into", "remote"];
        if !self.source.generics.params.is_empty() || says(&self.source.attrs, "serde", &by_another_type) {
            return Vec::new();
        }
        let by_functions =
            ["skip", "skip_serializing", "skip_deserializing", "with", "serialize_with", "deserialize_with"];
        let all = fields(self.source).into_iter().enumerate();
        let plain = all.filter(|(_, (_, field))| !says(&field.attrs, "serde", &by_functions));
        plain.map(|(place, (variant, field))| PlainField { place, variant, field }).collect()
    }

    /// Whether serde is told what its code demands of the types of the fields.
    pub(crate) fn has_bound(&self) -> bool {
        ["serde", "schemars"].iter().any(|name| says(&self.source.attrs, name, &["bound"]))
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

/// A field that is sent and stored as it is.
pub(crate) struct PlainField<'a> {
    /// How many fields stand before it.
    pub(crate) place: usize,
    /// The attributes of the variant around it.
    variant: &'a [Attribute],
    field: &'a Field,
}

impl<'a> PlainField<'a> {
    pub(crate) fn ty(&self) -> &'a Type {
        &self.field.ty
    }

    pub(crate) fn is(&self, field: &Field) -> bool {
        std::ptr::eq(self.field, field)
    }

    pub(crate) fn cfgs(&self) -> impl Iterator<Item = &'a Attribute> {
        self.variant.iter().chain(&self.field.attrs).filter(|attr| attr.path().is_ident("cfg"))
    }

    /// Whether schemars is told which schema it has.
    pub(crate) fn has_schema(&self) -> bool {
        says(&self.field.attrs, "schemars", &["with", "schema_with", "skip"])
    }

    /// Whether its type is written by means of `Self`.
    pub(crate) fn says_self(&self) -> bool {
        let mut names = Vec::new();
        identifiers(self.ty().to_token_stream(), &mut names);
        names.iter().any(|name| name == "Self")
    }

    /// Whether all of its type is named as what the standard library brings into every module.
    pub(crate) fn is_of_std(&self) -> bool {
        let mut names = Vec::new();
        let is_plain = identifiers(self.ty().to_token_stream(), &mut names);
        is_plain && names.iter().all(|name| STD.iter().any(|std| name == std))
    }
}

/// Reads the item under `#[value]` or `#[table]`, with the rules that both share, and whether its fields and generics
/// keep them. `None` if it is not a type.
pub(crate) fn read(macro_name: &str, item: TokenStream, errors: &mut Errors) -> Option<(DeriveInput, bool)> {
    let what = if macro_name == "table" { "struct" } else { "struct or enum" };
    let other = |input: ParseStream| {
        input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        let found = other_item(input).map(|found| {
            input.error(format!(
                "`#[{macro_name}]` stands on {found}: that has no fields\nhelp: put it on a {what}"
            ))
        });
        input.parse::<TokenStream>()?;
        Ok(found)
    };
    if let Ok(Some(error)) = other.parse2(item.clone()) {
        errors.push(error);
        return None;
    }
    let mut source: DeriveInput = match syn::parse2(item) {
        Ok(source) => source,
        Err(error) => {
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
        named_fields(macro_name, &source, errors);
        serde_words(&source, errors);
    });
    let sound = sound && !fields(&source).iter().any(|(_, field)| check::is_inferred(&field.ty));
    Some((source, sound))
}

/// What the item is called if it is certainly neither a struct nor an enum.
fn other_item(input: ParseStream) -> Option<&'static str> {
    let is_function = input.peek(Token![fn]) || input.peek(Token![async]) || input.peek(Token![unsafe]);
    let found = if is_function { Some("a function") } else { signature::other_item(input) };
    found.filter(|what| !["a struct", "an enum", "a union"].contains(what))
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
    for (_, field) in fields(source) {
        let place = field.ident.as_ref().map_or_else(
            || format!("field of `{}`", source.ident),
            |name| format!("field `{}` of `{}`", name.unraw(), source.ident),
        );
        check::owned(&place, &field.ty, errors);
    }
}

/// Each field has a name of its own that can travel; that of a table's is not one of mainspring's.
fn named_fields(macro_name: &str, source: &DeriveInput, errors: &mut Errors) {
    let groups: Vec<&Fields> = match &source.data {
        Data::Struct(data) => vec![&data.fields],
        Data::Enum(data) => data.variants.iter().map(|variant| &variant.fields).collect(),
        Data::Union(_) => Vec::new(),
    };
    for fields in groups {
        // A table counts its own.
        if macro_name == "value" {
            let sent = fields.iter().filter(|field| !says(&field.attrs, "serde", &["skip"]));
            not_too_many("value", source, sent, MAX_FIELDS, errors);
        }
        names_of(fields, macro_name, source, errors);
    }
}

/// Refuses more than `most` fields of a `noun`.
pub(crate) fn not_too_many<'a>(
    noun: &str,
    source: &DeriveInput,
    fields: impl IntoIterator<Item = &'a Field>,
    most: usize,
    errors: &mut Errors,
) {
    let fields: Vec<_> = fields.into_iter().collect();
    if let Some(extra) = fields.get(most).and_then(|field| field.ident.as_ref()) {
        let (name, count) = (&source.ident, fields.len());
        errors.on(extra, format!("{noun} `{name}` has {count} fields: {most} are the most\nhelp: put some of them into a `#[value]` struct"));
    }
}

fn names_of(fields: &Fields, macro_name: &str, source: &DeriveInput, errors: &mut Errors) {
    let mut known = Vec::new();
    for field in fields {
        let Some(ident) = &field.ident else { continue };
        let renamed = renamed(&field.attrs);
        let name = renamed.as_ref().map_or_else(|| ident.unraw().to_string(), LitStr::value);
        let culprit = renamed.as_ref().map_or_else(|| ident.to_token_stream(), ToTokens::to_token_stream);
        let place = format!("field `{}` of `{}`", ident.unraw(), source.ident);
        if let Some(rule) = check::broken_field_name(&name) {
            errors.on(culprit, format!("{place} {rule}"));
        } else if macro_name == "table" && renamed.is_some() && name.starts_with('_') {
            errors.on(
                culprit,
                format!("{place} has a reserved name: names that start with `_` belong to mainspring\nhelp: rename it"),
            );
        } else if known
            .iter()
            .any(|(other, by_attribute)| *other == name && (*by_attribute || renamed.is_some()))
        {
            errors.on(
                culprit,
                format!("{place} is called `{name}`, as another is\nhelp: rename one of the two"),
            );
        }
        known.push((name, renamed.is_some()));
    }
}

/// What serde is told and does not understand: of that rustc would say as well that the type lacks what serde derives.
fn serde_words(source: &DeriveInput, errors: &mut Errors) {
    let said_of = |attrs: &[Attribute], place: Place, errors: &mut Errors| {
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("serde")) {
            let Ok(list) = attr.meta.require_list() else {
                errors.on(attr, "`#[serde]` says nothing\nhelp: write `#[serde(…)]`, or remove it");
                continue;
            };
            for entry in attr::entries(list.tokens.clone()) {
                serde_word(entry, place, errors);
            }
        }
    };
    said_of(&source.attrs, Place::Type, errors);
    if let Data::Enum(data) = &source.data {
        data.variants.iter().for_each(|variant| said_of(&variant.attrs, Place::Variant, errors));
    }
    for (_, field) in fields(source) {
        said_of(&field.attrs, Place::Field, errors);
    }
}

/// `word`, `word = "…"` or `word(…)`.
fn serde_word(entry: TokenStream, place: Place, errors: &mut Errors) {
    let tokens: Vec<TokenTree> = entry.into_iter().collect();
    let Some((TokenTree::Ident(word), rest)) = tokens.split_first() else { return };
    let written = word.to_string();
    let Some((_, places, form)) = SERDE.iter().find(|(known, ..)| *known == written) else {
        let help = match SERDE.iter().find(|(known, ..)| is_slip(&written, known)) {
            Some((meant, ..)) => format!("write `{meant}`"),
            None => "see https://serde.rs/attributes.html for those that it has".to_owned(),
        };
        errors.on(word, format!("serde has no attribute `{written}`\nhelp: {help}"));
        return;
    };
    if !places.contains(&place) {
        let (noun, right) = (place.noun(), places[0].noun());
        errors.on(word, format!("serde has no attribute `{written}` for {noun}\nhelp: put it on {right}"));
        return;
    }
    let is_fit = match rest {
        [] => *form != Form::Text,
        [TokenTree::Group(_)] => *form == Form::Text && LISTS.contains(&written.as_str()),
        [_, TokenTree::Literal(text)] => *form != Form::Flag && text.to_string().contains('"'),
        // The text comes from a macro.
        [_, TokenTree::Group(_)] => *form != Form::Flag,
        _ => false,
    };
    if !is_fit {
        let right = if *form == Form::Flag { written.clone() } else { format!("{written} = \"…\"") };
        errors.on(
            word,
            format!("serde's `{written}` is told something else than it takes\nhelp: write `{right}`"),
        );
        return;
    }
    let case = match rest {
        [_, TokenTree::Literal(case)] if written.starts_with("rename_all") => case,
        _ => return,
    };
    let known = CASES.iter().any(|known| case.to_string() == format!("\"{known}\""));
    if !known {
        let cases = CASES.map(|case| format!("\"{case}\"")).join(", ");
        errors.on(case, format!("serde knows no way of writing {case}\nhelp: write one of {cases}"));
    }
}

/// Whether `written` is `known` with one letter too many, missing, or wrong, or two that changed places.
fn is_slip(written: &str, known: &str) -> bool {
    let (written, known) = (written.as_bytes(), known.as_bytes());
    let start = written.iter().zip(known).take_while(|(one, other)| one == other).count();
    let (written, known) = (&written[start..], &known[start..]);
    let end = written.iter().rev().zip(known.iter().rev()).take_while(|(one, other)| one == other).count();
    match (&written[..written.len() - end], &known[..known.len() - end]) {
        ([] | [_], [] | [_]) => true,
        ([a, b], [c, d]) => (a, b) == (d, c),
        _ => false,
    }
}

/// What `#[serde(rename = "…")]` says.
fn renamed(attrs: &[Attribute]) -> Option<LitStr> {
    let entry = |input: ParseStream| {
        let key = input.call(Ident::parse_any)?;
        input.parse::<Token![=]>()?;
        Ok((key, input.parse::<LitStr>()?))
    };
    let lists = attrs.iter().filter(|attr| attr.path().is_ident("serde"));
    lists
        .filter_map(|attr| attr.meta.require_list().ok())
        .flat_map(|list| attr::entries(list.tokens.clone()))
        .filter_map(|tokens| entry.parse2(tokens).ok())
        .find_map(|(key, name)| (key == "rename").then_some(name))
}

/// All fields, those of every variant, each with the attributes of its variant.
fn fields(source: &DeriveInput) -> Vec<(&[Attribute], &Field)> {
    match &source.data {
        Data::Struct(data) => data.fields.iter().map(|field| (&[][..], field)).collect(),
        Data::Enum(data) => {
            let variants = data.variants.iter();
            variants
                .flat_map(|variant| variant.fields.iter().map(|field| (&variant.attrs[..], field)))
                .collect()
        }
        Data::Union(_) => Vec::new(),
    }
}

/// Collects the identifiers of a type; `false` if it has anything but paths of one segment and their arguments.
fn identifiers(tokens: TokenStream, names: &mut Vec<Ident>) -> bool {
    tokens.into_iter().fold(true, |is_plain, token| {
        let token_is_plain = match token {
            TokenTree::Ident(ident) => {
                names.push(ident);
                true
            }
            TokenTree::Punct(punct) => ['<', '>', ','].contains(&punct.as_char()),
            TokenTree::Group(group) => identifiers(group.stream(), names),
            TokenTree::Literal(_) => false,
        };
        is_plain && token_is_plain
    })
}

/// Whether one of the attributes is `#[name(…)]` with one of `words` at the start of an entry.
fn says(attrs: &[Attribute], name: &str, words: &[&str]) -> bool {
    attrs.iter().any(|attr| says_any(attr, name, words))
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
