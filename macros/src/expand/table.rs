//! What a table expands to: a value, its place in the database, and one constant for each index.
//!
//! Owns the code that builds index keys, and the types by which queries name an index.
//! Invariant: the constant's number is the index's place in `INDEXES` and its arm in `index_key`.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;

use super::value;
use crate::index::{Index, IndexField};
use crate::paths::Paths;
use crate::table::Table;

/// The value, its implementations of `Document` and `Table`, and the index constants.
pub(crate) fn table(table: &Table, paths: &Paths) -> TokenStream {
    let (value, cfgs) = (value::value(&table.value, paths), table.value.cfgs());
    let (ident, name) = (&table.value.source.ident, &table.name);
    let (document, marker, index_spec) = (paths.document(), paths.table(), paths.index_spec());
    let specs = table.indexes.iter().map(|index| {
        let (name, fields) = (index.name(), index.fields.iter().map(IndexField::name));
        quote!(#index_spec { name: #name, fields: &[#(#fields),*] })
    });
    let (index_key, place) = (index_key(table, paths), paths.place());
    let constants = constants(table, paths);
    quote! {
        #value

        #(#cfgs)*
        #[automatically_derived]
        #[allow(deprecated)]
        impl #document for #ident {
            const TABLE: &'static ::core::primitive::str = #name;
            const INDEXES: &'static [#index_spec] = &[#(#specs),*];
            const PLACE: &'static ::core::primitive::str = #place!();
            #index_key
        }

        #(#cfgs)*
        #[automatically_derived]
        #[allow(deprecated)]
        impl #marker for #ident {}

        #constants
    }
}

fn index_key(table: &Table, paths: &Paths) -> TokenStream {
    let (writer, error) = (paths.key_writer(), paths.encode_error());
    let result = quote!(::core::result::Result<(), #error>);
    if table.indexes.is_empty() {
        return quote! {
            fn index_key(&self, _: ::core::primitive::usize, _: &mut #writer) -> #result {
                ::core::result::Result::Ok(())
            }
        };
    }
    let arms = table.indexes.iter().enumerate().map(|(number, index)| {
        let number = Literal::usize_unsuffixed(number);
        let fields = index.fields.iter().map(|field| {
            // On the field in `#[index]`: a type that has no order is a mistake there, not in the struct.
            let member = field.member();
            if let Some((witness, number)) = value::witness_of(&table.value, field.field) {
                quote_spanned!(member.span()=> key.witnessed::<#witness, #number>(&self.#member)?;)
            } else {
                quote_spanned!(member.span()=> key.field(&self.#member)?;)
            }
        });
        quote!(#number => { #(#fields)* })
    });
    quote! {
        fn index_key(&self, index: ::core::primitive::usize, key: &mut #writer) -> #result {
            match index {
                #(#arms)*
                _ => {}
            }
            ::core::result::Result::Ok(())
        }
    }
}

fn constants(table: &Table, paths: &Paths) -> Option<TokenStream> {
    if table.indexes.is_empty() {
        return None;
    }
    let (ident, vis, cfgs) = (&table.value.source.ident, &table.value.source.vis, table.value.cfgs());
    let index_type = paths.index();
    let constants = table.indexes.iter().enumerate().map(|(number, index)| {
        let (name, number) = (&index.written, Literal::usize_unsuffixed(number));
        let (doc, fields) = (description(index), nested(index.fields.iter().map(IndexField::ty)));
        quote! {
            #[doc = #doc]
            #vis const #name: #index_type<#ident, #fields> = #index_type::new(#number);
        }
    });
    Some(quote! {
        #(#cfgs)*
        #[allow(dead_code, deprecated, non_upper_case_globals, private_interfaces, unreachable_pub, clippy::type_complexity)]
        impl #ident {
            #(#constants)*
        }
    })
}

/// `(A, (B, ()))`: a query consumes the fields from the front.
fn nested<'a>(types: impl DoubleEndedIterator<Item = &'a Type>) -> TokenStream {
    types.rev().fold(quote!(()), |rest, ty| quote!((#ty, #rest)))
}

/// The sentence that an editor shows for an index.
fn description(index: &Index) -> String {
    let fields: Vec<_> = index.fields.iter().map(|field| format!("`{}`", field.name())).collect();
    format!("Index on {}.", fields.join(", then "))
}
