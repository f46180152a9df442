//! Indexes: reading `#[index(name(field, …))]`, and what of it stands in a table.
//!
//! Owns the grammar of the line, and the answer to a line that no table has read.
//! Must never know: the rules for the names that a table has; `table` looks them up.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, DeriveInput, Field, Ident, Meta, Token, Type, parenthesized};

use crate::errors::Errors;

/// An order in which a table can be read.
pub(crate) struct Index<'a> {
    pub(crate) written: Ident,
    pub(crate) fields: Vec<IndexField<'a>>,
}

/// A field as an index names it, and as the struct declares it.
pub(crate) struct IndexField<'a> {
    pub(crate) written: Ident,
    pub(crate) field: &'a Field,
}

/// One `#[index(name(field, …))]` line, before its fields are looked up.
pub(crate) struct IndexLine {
    pub(crate) name: Ident,
    pub(crate) fields: Vec<Ident>,
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

impl Parse for IndexLine {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        let name = input.call(Ident::parse_any)?;
        let content;
        parenthesized!(content in input);
        let fields = content.parse_terminated(Ident::parse_any, Token![,])?;
        Ok(Self { name, fields: fields.into_iter().collect() })
    }
}

/// Takes the `#[index]` lines off the struct.
pub(crate) fn take(source: &mut DeriveInput, errors: &mut Errors) -> Vec<IndexLine> {
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

pub(crate) fn is_index(attr: &Attribute) -> bool {
    attr.path().segments.last().is_some_and(|last| last.ident == "index")
}

fn is_table(attr: &Attribute) -> bool {
    attr.path().segments.last().is_some_and(|last| last.ident == "table")
}
