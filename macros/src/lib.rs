//! The attribute macros of `mainspring`, as the compiler calls them.
//!
//! Owns nothing but the entry points: each hands its tokens to a stage function over `proc_macro2` and prints what
//! comes back. The documentation for users stands at the re-exports in `mainspring`, where its links resolve.
//!
//! The stages of one function: `attr` and `signature` read, `model` classifies, `check` and `body` judge, `expand`
//! writes. Invariant: `expand` cannot fail; everything that can is behind it, in one `errors::Errors`.
//! Must never know: any other crate of the workspace, except as the token paths of `paths`.

mod attr;
mod body;
mod check;
mod crons;
#[expect(
    dead_code,
    unused_imports,
    unreachable_pub,
    reason = "shared with the runtime, which uses other parts of it"
)]
mod dialect;
mod errors;
mod expand;
mod index;
mod model;
mod paths;
mod pipeline;
mod place;
mod policy;
mod signature;
mod table;
mod value;

#[cfg(test)]
mod tests;

use model::{Attribute, Kind, Reach};
use proc_macro::TokenStream;

#[allow(missing_docs, reason = "documented at the re-export in `mainspring`")]
#[proc_macro_attribute]
pub fn query(options: TokenStream, item: TokenStream) -> TokenStream {
    function(Attribute { kind: Kind::Query, reach: Reach::Public }, options, item)
}

#[allow(missing_docs, reason = "documented at the re-export in `mainspring`")]
#[proc_macro_attribute]
pub fn mutation(options: TokenStream, item: TokenStream) -> TokenStream {
    function(Attribute { kind: Kind::Mutation, reach: Reach::Public }, options, item)
}

#[allow(missing_docs, reason = "documented at the re-export in `mainspring`")]
#[proc_macro_attribute]
pub fn action(options: TokenStream, item: TokenStream) -> TokenStream {
    function(Attribute { kind: Kind::Action, reach: Reach::Public }, options, item)
}

#[allow(missing_docs, reason = "documented at the re-export in `mainspring`")]
#[proc_macro_attribute]
pub fn internal_query(options: TokenStream, item: TokenStream) -> TokenStream {
    function(Attribute { kind: Kind::Query, reach: Reach::Internal }, options, item)
}

#[allow(missing_docs, reason = "documented at the re-export in `mainspring`")]
#[proc_macro_attribute]
pub fn internal_mutation(options: TokenStream, item: TokenStream) -> TokenStream {
    function(Attribute { kind: Kind::Mutation, reach: Reach::Internal }, options, item)
}

#[allow(missing_docs, reason = "documented at the re-export in `mainspring`")]
#[proc_macro_attribute]
pub fn internal_action(options: TokenStream, item: TokenStream) -> TokenStream {
    function(Attribute { kind: Kind::Action, reach: Reach::Internal }, options, item)
}

#[allow(missing_docs, reason = "documented at the re-export in `mainspring`")]
#[proc_macro_attribute]
pub fn value(options: TokenStream, item: TokenStream) -> TokenStream {
    print(place::alone(&item).unwrap_or_else(|| pipeline::value(options.into(), item.into())))
}

#[allow(missing_docs, reason = "documented at the re-export in `mainspring`")]
#[proc_macro_attribute]
pub fn table(options: TokenStream, item: TokenStream) -> TokenStream {
    print(place::alone(&item).unwrap_or_else(|| pipeline::table(options.into(), item.into())))
}

#[allow(missing_docs, reason = "documented at the re-export in `mainspring`")]
#[proc_macro_attribute]
pub fn index(options: TokenStream, item: TokenStream) -> TokenStream {
    print(pipeline::index(&options.into(), item.into()))
}

#[allow(missing_docs, reason = "documented at the re-export in `mainspring`")]
#[proc_macro_attribute]
pub fn crons(options: TokenStream, item: TokenStream) -> TokenStream {
    print(place::alone(&item).unwrap_or_else(|| crons::crons(options.into(), item.into())))
}

fn function(attribute: Attribute, options: TokenStream, item: TokenStream) -> TokenStream {
    print(place::alone(&item).unwrap_or_else(|| {
        let imports = place::imports(&item);
        pipeline::function(attribute, options.into(), item.into(), imports)
    }))
}

fn print((mut tokens, errors): pipeline::Output) -> TokenStream {
    tokens.extend(errors.iter().map(syn::Error::to_compile_error));
    tokens.into()
}
