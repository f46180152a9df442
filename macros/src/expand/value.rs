//! What a value expands to: itself with its derives, and the marker.
//!
//! Owns the attributes that lead serde and schemars to the runtime's own copies.
//! Invariant: the item's own attributes come after ours, since a helper attribute has to follow its derive.

use proc_macro2::{Ident, Literal, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Attribute, Data, DeriveInput, Field, GenericParam, Generics, parse_quote};

use super::plain;
use crate::check;
use crate::paths::Paths;
use crate::value::{PlainField, Value};

/// The item and its implementation of `Value`.
pub(crate) fn value(value: &Value, paths: &Paths) -> TokenStream {
    if !value.sound {
        return stub(value, paths);
    }
    if let Some((implementations, names)) = plain::implementations(value, paths) {
        let (source, marker, items) =
            (value.source, marker(value, names.as_ref(), paths), witness(value, &at_the_name(value), paths));
        return quote! {
            #source

            #marker

            #implementations

            #items
        };
    }
    let Witnesses { source, bound } = Witnesses::new(value, paths);
    let (marker, items) = (marker(value, None, paths), witness(value, &quote!(impl), paths));
    let (serde, schemars) = (paths.serde(), paths.schemars());
    let (serde_text, schemars_text) = (Paths::text(&serde), Paths::text(&schemars));
    let derives = [
        ("Serialize", quote!(#serde::Serialize)),
        ("Deserialize", quote!(#serde::Deserialize)),
        ("JsonSchema", quote!(#schemars::JsonSchema)),
    ];
    let derives = derives.into_iter().filter(|(name, _)| !value.derives(name)).map(|(_, path)| path);
    let source = with_empty_generics(&source);
    quote! {
        #[derive(#(#derives),*)]
        #[serde(crate = #serde_text #bound)]
        #[schemars(crate = #schemars_text)]
        #source

        #marker

        #items
    }
}

/// The item with `<>` behind its name, where rustc would propose to declare a type that it does not know. What is derived
/// names the type again and gets no such proposal, and two errors that differ are two errors.
fn with_empty_generics(source: &DeriveInput) -> TokenStream {
    let tokens = source.to_token_stream();
    if !source.generics.params.is_empty() {
        return tokens;
    }
    let mut after_keyword = false;
    let mut is_done = false;
    let with_generics = tokens.into_iter().flat_map(|token| {
        let is_name = after_keyword && !is_done;
        after_keyword = matches!(&token, TokenTree::Ident(word) if word == "struct" || word == "enum");
        is_done |= is_name;
        let generics = if is_name { quote!(<>) } else { TokenStream::new() };
        std::iter::once(token).chain(generics)
    });
    with_generics.collect()
}

/// The implementation of `Value`.
fn marker(value: &Value, names: Option<&TokenStream>, paths: &Paths) -> TokenStream {
    let (name, marker, fields, cfgs) =
        (&value.source.ident, paths.value(), proof(value, paths), value.cfgs());
    quote! {
        #(#cfgs)*
        #[automatically_derived]
        #[allow(deprecated)]
        impl #marker for #name { #fields #names }
    }
}

/// An `impl` where rustc would add a type parameter, as it would to the user's type: two equal suggestions are one error.
fn at_the_name(value: &Value) -> TokenStream {
    quote_spanned!(value.source.ident.span()=> impl)
}

/// The witness of the fields, if any has one.
fn witness(value: &Value, implement: &TokenStream, paths: &Paths) -> Option<TokenStream> {
    let fields = witnessed_fields(value);
    let (name, field_of, cfgs) = (witness_name(value), paths.field_of(), value.cfgs());
    let (numbers, types) = (0..fields.len(), fields.iter().map(PlainField::ty));
    let numbers = numbers.map(Literal::usize_unsuffixed);
    let cfgs = quote!(#(#cfgs)*);
    (!fields.is_empty()).then(|| {
        quote! {
            #cfgs
            #[allow(dead_code, non_camel_case_types)]
            enum #name {}
            #(
                #cfgs
                #[automatically_derived]
                #[allow(deprecated)]
                #implement #field_of<#numbers> for #name { type Type = #types; }
            )*
        }
    })
}

/// The proof that fields of the user's types are values, made where the types are written and only there: what serde and
/// schemars derive takes it from a *witness* instead of asking the types again, each in words of its own.
struct Witnesses {
    /// The item, with a note to schemars on each field that has a witness.
    source: DeriveInput,
    /// The note to serde.
    bound: Option<TokenStream>,
}

impl Witnesses {
    fn new(value: &Value, paths: &Paths) -> Self {
        let mut source = value.source.clone();
        let fields = witnessed_fields(value);
        if fields.is_empty() {
            return Self { source, bound: None };
        }
        let name = witness_name(value);
        let (field_of, field_type) = (paths.field_of(), paths.field_type());
        let numbers: Vec<_> = (0..fields.len()).map(Literal::usize_unsuffixed).collect();
        // As text, so it must not name the types: errors in them would appear here again.
        let bound = |binder: TokenStream, proof: TokenStream, lifetime: TokenStream| {
            quote!(#(#binder <#name as #field_of<#numbers>>::Type: #proof<#lifetime, #name, #numbers>),*)
                .to_string()
        };
        let to = bound(quote!(for<'v_>), paths.encoded(), quote!('v_));
        let from = bound(TokenStream::new(), paths.decoded(), quote!('de));
        {
            let mut all = fields_mut(&mut source.data);
            let mut next = 0;
            for (field, number) in fields.iter().zip(&numbers).filter(|(field, _)| !field.has_schema()) {
                let with = quote!(#field_type<#name, #number>).to_string();
                if let Some(target) = all.nth(field.place - next) {
                    target.attrs.push(parse_quote!(#[schemars(with = #with)]));
                }
                next = field.place + 1;
            }
        }
        Self { source, bound: Some(quote!(, bound(serialize = #to, deserialize = #from))) }
    }
}

/// The witness of a field, and the field's number to it.
pub(crate) fn witness_of(value: &Value, field: &Field) -> Option<(Ident, Literal)> {
    let number = witnessed_fields(value).iter().position(|witnessed| witnessed.is(field))?;
    Some((witness_name(value), Literal::usize_unsuffixed(number)))
}

/// The fields that have a witness, in the order of their numbers.
pub(super) fn witnessed_fields<'a>(value: &Value<'a>) -> Vec<PlainField<'a>> {
    value.plain_fields().into_iter().filter(|field| has_witness(value, field)).collect()
}

/// The type that vouches for the types of the fields: `__JobFields`.
pub(super) fn witness_name(value: &Value) -> Ident {
    format_ident!("__{}Fields", value.source.ident.unraw())
}

/// A field under a condition has none, since the note to serde knows no conditions; nor one that says `Self`, which the
/// witness is not.
fn has_witness(value: &Value, field: &PlainField) -> bool {
    !value.has_bound() && !field.is_of_std() && !field.says_self() && field.cfgs().next().is_none()
}

/// The item with stand-ins for what the derives would make of it: they would repeat its mistakes. They never run: the
/// mistakes stop the build.
fn stub(value: &Value, paths: &Paths) -> TokenStream {
    let mut source = value.source.clone();
    if ["Serialize", "Deserialize", "JsonSchema"].iter().any(|name| value.derives(name)) {
        return source.into_token_stream();
    }
    strip_helpers(&mut source);
    fields_mut(&mut source.data).for_each(|field| check::make_fit_for_a_field(&mut field.ty));
    let (serde, schemars, marker) = (paths.serde(), paths.schemars(), paths.value());
    let mut generics = source.generics.clone();
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(parse_quote!(#marker));
    }
    let name = &source.ident;
    // What borrows is no value for any other lifetime.
    let arguments = arguments(&generics);
    generics.params =
        generics.params.into_iter().filter(|it| !matches!(it, GenericParam::Lifetime(_))).collect();
    let (parameters, _, where_clause) = generics.split_for_impl();
    let mut with_lifetime = generics.clone();
    with_lifetime.params.insert(0, parse_quote!('de_));
    let (de_parameters, ..) = with_lifetime.split_for_impl();
    let (result, never) = (quote!(::core::result::Result), quote!({ ::core::unreachable!() }));
    quote! {
        #source

        impl #parameters #marker for #name #arguments #where_clause {}
        impl #parameters #serde::Serialize for #name #arguments #where_clause {
            fn serialize<S_: #serde::Serializer>(&self, _: S_) -> #result<S_::Ok, S_::Error> #never
        }
        impl #de_parameters #serde::Deserialize<'de_> for #name #arguments #where_clause {
            fn deserialize<D_: #serde::Deserializer<'de_>>(_: D_) -> #result<Self, D_::Error> #never
        }
        impl #parameters #schemars::JsonSchema for #name #arguments #where_clause {
            fn schema_name() -> ::std::borrow::Cow<'static, ::core::primitive::str> #never
            fn json_schema(_: &mut #schemars::SchemaGenerator) -> #schemars::Schema #never
        }
    }
}

/// What stands for the parameters where the type is named: `<'static, T, N>`.
fn arguments(generics: &Generics) -> TokenStream {
    let arguments = generics.params.iter().map(|parameter| match parameter {
        GenericParam::Lifetime(_) => quote!('static),
        GenericParam::Type(ty) => ty.ident.to_token_stream(),
        GenericParam::Const(constant) => constant.ident.to_token_stream(),
    });
    quote!(<#(#arguments),*>)
}

/// Removes the attributes that only derived code reads, which nobody else knows.
pub(crate) fn strip_helpers(source: &mut DeriveInput) {
    let strip = |attrs: &mut Vec<Attribute>| {
        attrs.retain(|attr| !attr.path().is_ident("serde") && !attr.path().is_ident("schemars"));
    };
    strip(&mut source.attrs);
    if let Data::Enum(data) = &mut source.data {
        data.variants.iter_mut().for_each(|variant| strip(&mut variant.attrs));
    }
    fields_mut(&mut source.data).for_each(|field| strip(&mut field.attrs));
}

fn fields_mut(data: &mut Data) -> Box<dyn Iterator<Item = &mut Field> + '_> {
    match data {
        Data::Struct(data) => Box::new(data.fields.iter_mut()),
        Data::Enum(data) => Box::new(data.variants.iter_mut().flat_map(|variant| &mut variant.fields)),
        Data::Union(data) => Box::new(data.fields.named.iter_mut()),
    }
}

/// The proof that each field without a witness is a value, on the field's type; what serde does not touch need not be one.
fn proof(value: &Value, paths: &Paths) -> Option<TokenStream> {
    let field_is_value = paths.field();
    let fields: Vec<_> =
        value.plain_fields().into_iter().filter(|field| !has_witness(value, field)).collect();
    let statements = fields.iter().map(|field| {
        let (cfgs, ty) = (field.cfgs(), field.ty());
        quote!(#(#cfgs)* #field_is_value::<#ty>();)
    });
    (!fields.is_empty()).then(|| quote!(const FIELDS: () = { #(#statements)* };))
}
