//! Every path that generated code names.
//!
//! Owns the one table of names behind `mainspring::__private`, and the `crate = path` override.
//! Invariant: each path is absolute, so that it means the same in every module of every crate.

use proc_macro2::{Span, TokenStream};
use quote::quote;

/// The root of generated paths: `::mainspring`, or what `crate = path` says.
pub(crate) struct Paths {
    root: TokenStream,
}

impl Paths {
    /// `crate_path` is the checked value of the `crate` option.
    pub(crate) fn new(crate_path: Option<&syn::Path>) -> Self {
        Self { root: crate_path.map_or_else(|| quote!(::mainspring), |path| quote!(#path)) }
    }

    fn private(&self, name: &str) -> TokenStream {
        let (root, name) = (&self.root, syn::Ident::new(name, Span::call_site()));
        quote!(#root::__private::#name)
    }

    /// The path of `name` as the string that `#[serde(crate = "…")]` wants.
    pub(crate) fn text(path: &TokenStream) -> String {
        path.to_string().chars().filter(|character| !character.is_whitespace()).collect()
    }

    /// `arguments0` … `arguments12`: the proof that each argument is a value.
    pub(crate) fn arguments_of(&self, count: usize) -> TokenStream {
        self.private(&format!("arguments{count}"))
    }
}

macro_rules! private {
    ($($method:ident => $name:literal),* $(,)?) => {
        impl Paths {
            $(
                #[doc = concat!("`__private::", $name, "`")]
                pub(crate) fn $method(&self) -> TokenStream {
                    self.private($name)
                }
            )*
        }
    };
}

private! {
    crons => "Crons",
    definition => "Definition",
    handle => "handle",
    function_path => "function_path",
    place => "place",
    policy => "Policy",
    rate => "Rate",
    retry => "Retry",
    query => "Query",
    mutation => "Mutation",
    action => "Action",
    public => "Public",
    internal => "Internal",
    query_ctx => "QueryCtx",
    mutation_ctx => "MutationCtx",
    action_ctx => "ActionCtx",
    run_blocking => "run_blocking",
    call => "Call",
    call_of => "CallOf",
    arguments => "Arguments",
    returned => "Returned",
    returns => "returns",
    returns_result => "returns_result",
    value => "Value",
    field => "field",
    field_of => "FieldOf",
    field_type => "Field",
    encoded => "Encoded",
    decoded => "Decoded",
    part => "Part",
    read_struct => "read_struct",
    struct_schema => "struct_schema",
    read_name => "read_name",
    names_schema => "names_schema",
    document => "Document",
    table => "Table",
    index_spec => "IndexSpec",
    index => "Index",
    key_writer => "KeyWriter",
    encode_error => "EncodeError",
    serde => "serde",
    schemars => "schemars",
}
