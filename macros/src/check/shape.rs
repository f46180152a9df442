//! The shape of a function: its kind, its name, its qualifiers, its generics.
//!
//! Owns what a function may say besides its parameters and its result. Invariant: as for all of [`super`].

use syn::visit::{self, Visit};
use syn::{GenericParam, PathSegment, Safety};

use super::{MAX_NAME, is_function_macro, suggestion};
use crate::errors::Errors;
use crate::model::{Function, Kind};

/// A function is of one kind: its context, its guarantees and its callers follow from it.
pub(super) fn one_kind(function: &Function, errors: &mut Errors) {
    for attr in &function.source.attrs {
        if is_function_macro(attr) {
            let second = attr.path().segments.last().map(|segment| segment.ident.to_string());
            errors.on(
                attr,
                format!(
                    "function `{}` has `#[{}]` and `#[{}]`: a function is of one kind\n\
                     help: remove one; let two functions share a plain `async fn`",
                    function.name,
                    function.attribute.name(),
                    second.unwrap_or_default(),
                ),
            );
        }
    }
}

/// Names that start with `_` belong to the framework: `_system`, `_storage`, …
pub(super) fn public_name(function: &Function, errors: &mut Errors) {
    if function.name.starts_with('_') {
        errors.on(
            &function.source.sig.ident,
            format!(
                "{} has a reserved name: names that start with `_` belong to mainspring\n\
                 help: rename it to `{}`",
                function.title(),
                suggestion(&function.name),
            ),
        );
    }
}

/// Names are part of keys and log lines.
pub(super) fn short_name(function: &Function, errors: &mut Errors) {
    let length = function.name.len();
    if length > MAX_NAME {
        errors.on(
            &function.source.sig.ident,
            format!(
                "name of {} has {length} characters: {MAX_NAME} are the most\nhelp: shorten it",
                function.attribute.kind.noun()
            ),
        );
    }
}

/// `const`, `unsafe`, `extern` and `...` promise something to callers that a call by path cannot keep.
pub(super) fn plain_function(function: &Function, errors: &mut Errors) {
    let (title, sig) = (function.title(), &function.source.sig);
    if let Some(token) = &sig.constness {
        errors.on(token, format!("{title} is `const`: it runs at run time only\nhelp: remove `const`"));
    }
    if let Safety::Unsafe(token) = &sig.safety {
        errors.on(
            token,
            format!(
                "{title} is `unsafe`: its callers are clients, who cannot uphold a safety contract\n\
                 help: remove `unsafe`, and check the arguments inside"
            ),
        );
    }
    if let Some(abi) = &sig.abi {
        errors.on(
            abi,
            format!("{title} is `extern`: it is called by mainspring, in Rust\nhelp: remove `extern`"),
        );
    }
    if let Some(variadic) = &sig.variadic {
        errors.on(
            variadic,
            format!("{title} is variadic: each argument has a name and a type\nhelp: take a `Vec` instead"),
        );
    }
}

/// A function is called by its path; there is no object to call it on.
pub(super) fn no_receiver(function: &Function, errors: &mut Errors) {
    if let Some(receiver) = function.receiver {
        errors.on(
            receiver,
            format!(
                "{} takes `self`: it is called by its path, without an object\n\
                 help: move it out of the `impl` block, and take `ctx: &{}` first",
                function.title(),
                function.context_type().name(),
            ),
        );
    }
}

/// The wire has one signature for each path, and its types are known when the application starts.
pub(super) fn no_generics(function: &Function, errors: &mut Errors) {
    let (title, generics) = (function.title(), &function.source.sig.generics);
    for parameter in &generics.params {
        let (what, name, help) = match parameter {
            GenericParam::Type(ty) => {
                ("type", ty.ident.to_string(), "write the type itself, or one function for each")
            }
            GenericParam::Lifetime(lifetime) => (
                "lifetime",
                lifetime.lifetime.to_string(),
                "remove it: arguments and results are owned, and the context's lifetime need not be named",
            ),
            GenericParam::Const(constant) => {
                ("const", constant.ident.to_string(), "take the number as an argument")
            }
        };
        errors.on(
            parameter,
            format!(
                "{title} has {what} parameter `{name}`: a path has one signature on the wire\nhelp: {help}"
            ),
        );
    }
    // With parameters, the clause is about them and goes when they go.
    if let Some(clause) = generics.where_clause.as_ref().filter(|_| generics.params.is_empty()) {
        errors.on(
            clause,
            format!("{title} has a `where` clause: without type parameters it says nothing\nhelp: remove it"),
        );
    }
}

/// Queries and mutations await the database; only an action may block a thread of its own.
pub(super) fn is_async(function: &Function, errors: &mut Errors) {
    let kind = function.attribute.kind;
    if kind != Kind::Action && !function.is_async() {
        let sig = &function.source.sig;
        errors.on(
            sig.fn_token,
            format!(
                "{} is not `async`: a {} awaits the database\nhelp: write `async fn {}`",
                function.title(),
                kind.noun(),
                sig.ident,
            ),
        );
    }
}

/// Whether the result is a future by its looks: `impl Future<…>`, `Pin<Box<dyn Future<…>>>`, `BoxFuture<…>`.
pub(super) fn returns_future(function: &Function) -> bool {
    struct Search(bool);

    impl<'ast> Visit<'ast> for Search {
        fn visit_path_segment(&mut self, segment: &'ast PathSegment) {
            self.0 |= segment.ident.to_string().ends_with("Future");
            visit::visit_path_segment(self, segment);
        }
    }

    let mut search = Search(false);
    function.result.iter().for_each(|result| search.visit_type(result));
    search.0
}
