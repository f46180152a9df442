//! What a value of the usual form expands to: three short implementations in the place of three derives.
//!
//! Owns the code for structs with named fields and for enums of names that say nothing of their form to serde and schemars. What
//! is derived is some fifty functions for each type, and most of what an application takes to compile.
//!
//! Invariant: names no type of a field but those of std; the others by their witness.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::{Attribute, Data, Expr, ExprLit, Fields, Lit, Meta, Token, Variant};

use super::value::{witness_name, witnessed_fields};
use crate::paths::Paths;
use crate::value::{PlainField, Value};

/// Attributes that change what the derives make of what they stand on.
const TELLING: [&str; 6] = ["serde", "schemars", "validate", "garde", "deprecated", "cfg_attr"];

/// `Serialize`, `Deserialize` and `JsonSchema` of a value of the usual form, and what its `Value` adds for them; `None` of any
/// other.
pub(super) fn implementations(value: &Value, paths: &Paths) -> Option<(TokenStream, Option<TokenStream>)> {
    let source = value.source;
    if ["Serialize", "Deserialize", "JsonSchema"].iter().any(|name| value.derives(name)) {
        return None;
    }
    let docs = docs(&source.attrs)?;
    let parts = match &source.data {
        Data::Struct(data) => of_struct(value, &data.fields, &docs, paths)?,
        Data::Enum(data) => of_enum(value, &data.variants, &docs, paths)?,
        Data::Union(_) => return None,
    };
    let Parts { to_bounds, to_body, from_bounds, from_body, schema, names } = parts;
    let (to, from, generator) = (local("to"), local("from"), local("generator"));
    let (serde, schemars, result) = (paths.serde(), paths.schemars(), quote!(::core::result::Result));
    let (ident, cfgs) = (&source.ident, value.cfgs());
    let (cfgs, name) = (quote!(#(#cfgs)*), ident.unraw().to_string());
    let cow = quote!(::std::borrow::Cow<'static, ::core::primitive::str>);
    let implementations = quote! {
        #cfgs
        #[automatically_derived]
        #[allow(deprecated)]
        impl #serde::Serialize for #ident where #to_bounds {
            fn serialize<S_: #serde::Serializer>(&self, #to: S_) -> #result<S_::Ok, S_::Error> { #to_body }
        }

        #cfgs
        #[automatically_derived]
        #[allow(deprecated)]
        impl<'de_> #serde::Deserialize<'de_> for #ident where #from_bounds {
            fn deserialize<D_: #serde::Deserializer<'de_>>(#from: D_) -> #result<Self, D_::Error> { #from_body }
        }

        #cfgs
        #[automatically_derived]
        #[allow(deprecated)]
        impl #schemars::JsonSchema for #ident {
            fn schema_name() -> #cow {
                ::std::borrow::Cow::Borrowed(#name)
            }
            fn schema_id() -> #cow {
                ::std::borrow::Cow::Borrowed(::core::concat!(::core::module_path!(), "::", #name))
            }
            fn json_schema(#generator: &mut #schemars::SchemaGenerator) -> #schemars::Schema { #schema }
        }
    };
    Some((implementations, names))
}

/// The fields of a struct are a tuple in a tuple to rustc, which follows only so many.
const MOST_FIELDS: usize = 32;

/// Where structs and enums differ.
struct Parts {
    to_bounds: TokenStream,
    to_body: TokenStream,
    from_bounds: TokenStream,
    from_body: TokenStream,
    schema: TokenStream,
    /// What it says of itself as a `Value`.
    names: Option<TokenStream>,
}

fn of_struct(value: &Value, fields: &Fields, docs_of_all: &str, paths: &Paths) -> Option<Parts> {
    let Fields::Named(fields) = fields else { return None };
    let name = value.source.ident.unraw().to_string();
    let (witness, witnessed) = (witness_name(value), witnessed_fields(value));
    let (mut idents, mut names, mut parts) = (Vec::new(), Vec::new(), Vec::new());
    let plain = value.plain_fields();
    let part = paths.part();
    for field in &fields.named {
        if field.attrs.iter().any(|attr| attr.path().is_ident("cfg")) {
            return None;
        }
        let plain = plain.iter().find(|plain| plain.is(field))?;
        let (ident, docs) = (field.ident.as_ref()?, docs(&field.attrs)?);
        let text = ident.unraw().to_string();
        parts.push(match witnessed.iter().position(|witnessed| witnessed.is(field)) {
            Some(number) => {
                let number = Literal::usize_unsuffixed(number);
                quote!(#part::witnessed::<#witness, #number>(#text, #docs))
            }
            None if plain.is_of_std() => {
                let ty = plain.ty();
                quote!(#part::field::<#ty>(#text, #docs))
            }
            None => return None,
        });
        idents.push(ident);
        names.push(text);
    }
    if !(1..=MOST_FIELDS).contains(&idents.len()) {
        return None;
    }
    let (to_bounds, from_bounds) = bounds(&witness, &witnessed, paths);
    let (serde, read_struct, struct_schema) = (paths.serde(), paths.read_struct(), paths.struct_schema());
    let (ok, err) = (quote!(::core::result::Result::Ok), quote!(::core::result::Result::Err));
    let (to, from, generator) = (local("to"), local("from"), local("generator"));
    let (fields_left, error) = (local("fields"), local("error"));
    let locals: Vec<_> = (0..idents.len()).map(|number| local(&format!("field_{number}"))).collect();
    let pattern = locals.iter().rev().fold(quote!(()), |rest, local| quote!((#local, #rest)));
    let count = Literal::usize_unsuffixed(idents.len());
    Some(Parts {
        to_bounds,
        to_body: quote! {
            let mut #fields_left = match #serde::Serializer::serialize_struct(#to, #name, #count) {
                #ok(#fields_left) => #fields_left,
                #err(#error) => return #err(#error),
            };
            #(match #serde::ser::SerializeStruct::serialize_field(&mut #fields_left, #names, &self.#idents) {
                #ok(()) => {}
                #err(#error) => return #err(#error),
            })*
            #serde::ser::SerializeStruct::end(#fields_left)
        },
        from_bounds,
        from_body: quote! {
            match #read_struct::<Self, _, _>(#from, #name) {
                #ok(#pattern) => #ok(Self { #(#idents: #locals),* }),
                #err(#error) => #err(#error),
            }
        },
        schema: quote!(#struct_schema(#generator, #docs_of_all, &[#(#parts),*])),
        names: Some(quote! {
            const NAMES: &'static [&'static ::core::primitive::str] = &[#(#names),*];
        }),
    })
}

/// The word of the witness that its fields can be written and read.
fn bounds(witness: &Ident, witnessed: &[PlainField], paths: &Paths) -> (TokenStream, TokenStream) {
    let (field_of, encoded, decoded) = (paths.field_of(), paths.encoded(), paths.decoded());
    let numbers: Vec<_> = (0..witnessed.len()).map(Literal::usize_unsuffixed).collect();
    (
        quote!(#(for<'v_> <#witness as #field_of<#numbers>>::Type: #encoded<'v_, #witness, #numbers>),*),
        quote!(#(<#witness as #field_of<#numbers>>::Type: #decoded<'de_, #witness, #numbers>),*),
    )
}

fn of_enum(
    value: &Value,
    variants: &Punctuated<Variant, Token![,]>,
    docs_of_all: &str,
    paths: &Paths,
) -> Option<Parts> {
    let is_name = |variant: &Variant| {
        matches!(variant.fields, Fields::Unit)
            && !variant.attrs.iter().any(|attr| attr.path().is_ident("cfg"))
    };
    if variants.is_empty() || !variants.iter().all(is_name) {
        return None;
    }
    let docs = variants.iter().map(|variant| docs(&variant.attrs)).collect::<Option<Vec<_>>>()?;
    let name = value.source.ident.unraw().to_string();
    let idents: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
    let names: Vec<_> = idents.iter().map(|ident| ident.unraw().to_string()).collect();
    let numbers: Vec<_> = (0..idents.len()).map(Literal::usize_unsuffixed).collect();
    let (serde, read_name, names_schema) = (paths.serde(), paths.read_name(), paths.names_schema());
    let (ok, err) = (quote!(::core::result::Result::Ok), quote!(::core::result::Result::Err));
    let (to, from, generator) = (local("to"), local("from"), local("generator"));
    let error = local("error");
    let (last, before) = idents.split_last()?;
    Some(Parts {
        to_bounds: TokenStream::new(),
        to_body: quote! {
            match self {
                #(Self::#idents => #serde::Serializer::serialize_unit_variant(#to, #name, #numbers, #names),)*
            }
        },
        from_bounds: TokenStream::new(),
        from_body: quote! {
            match #read_name(#from, #name, &[#(#names),*]) {
                #(#ok(#numbers) => #ok(Self::#before),)*
                #ok(_) => #ok(Self::#last),
                #err(#error) => #err(#error),
            }
        },
        schema: quote! {
            let _ = #generator;
            #names_schema(#docs_of_all, &[#((#names, #docs)),*])
        },
        names: None,
    })
}

/// A variable that no name of the user's can hide.
fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// The doc comments as schemars joins them; `None` if an attribute asks for more than they say.
fn docs(attrs: &[Attribute]) -> Option<String> {
    let mut lines = Vec::new();
    for attr in attrs {
        if TELLING.iter().any(|telling| attr.path().is_ident(telling)) {
            return None;
        }
        let Meta::NameValue(doc) = &attr.meta else { continue };
        if !doc.path.is_ident("doc") {
            continue;
        }
        let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &doc.value else { return None };
        let text = text.value();
        lines.push(text.strip_prefix(' ').unwrap_or(&text).to_owned());
    }
    Some(lines.join("\n"))
}
