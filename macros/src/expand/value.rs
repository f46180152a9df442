//! What a value expands to: itself with its derives, and the marker.
//!
//! Owns the attributes that lead serde and schemars to the runtime's own copies.
//! Invariant: the item's own attributes come after ours, since a helper attribute has to follow its derive.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse_quote;

use crate::paths::Paths;
use crate::table::Value;

/// The item and its implementation of `Value`.
pub(crate) fn value(value: &Value, paths: &Paths) -> TokenStream {
    let (source, cfgs) = (value.source, value.cfgs());
    let (serde, schemars, marker) = (paths.serde(), paths.schemars(), paths.value());
    let (serde_text, schemars_text) = (Paths::text(&serde), Paths::text(&schemars));
    let derives = [
        ("Serialize", quote!(#serde::Serialize)),
        ("Deserialize", quote!(#serde::Deserialize)),
        ("JsonSchema", quote!(#schemars::JsonSchema)),
    ];
    let derives = derives.into_iter().filter(|(name, _)| !value.derives(name)).map(|(_, path)| path);
    let mut generics = source.generics.clone();
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(parse_quote!(#marker));
    }
    let (name, fields) = (&source.ident, proof(value, paths));
    let (parameters, arguments, where_clause) = generics.split_for_impl();
    quote! {
        #[derive(#(#derives),*)]
        #[serde(crate = #serde_text)]
        #[schemars(crate = #schemars_text)]
        #source

        #(#cfgs)*
        #[automatically_derived]
        #[allow(deprecated)]
        #[diagnostic::do_not_recommend]
        impl #parameters #marker for #name #arguments #where_clause { #fields }
    }
}

/// The proof that each field is a value, on the field's type; what serde does not touch need not be one.
fn proof(value: &Value, paths: &Paths) -> Option<TokenStream> {
    let field = paths.field();
    let types: Vec<_> = value.plain_fields().into_iter().map(|field| &field.ty).collect();
    (!types.is_empty()).then(|| quote!(const FIELDS: () = { #(#field::<#types>();)* };))
}
