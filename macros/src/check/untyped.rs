//! The never-untyped rule: what is stored or sent has a type that both ends know.
//!
//! Owns the spellings of untyped JSON; an import that hides the spelling is left to rustc, for which it is no value.

use syn::visit::{self, Visit};
use syn::{Type, TypePath};

use crate::errors::Errors;

/// Documents and values are as typed as arguments are; rustc cannot say so, since untyped JSON derives everything.
pub(crate) fn typed_field(place: &str, ty: &Type, errors: &mut Errors) {
    struct Json<'a> {
        place: &'a str,
        errors: &'a mut Errors,
    }
    impl<'ast> Visit<'ast> for Json<'_> {
        fn visit_type_path(&mut self, ty: &'ast TypePath) {
            match untyped_json(ty) {
                Some(what) => self.errors.on(ty, untyped(self.place, &what)),
                None => visit::visit_type_path(self, ty),
            }
        }
    }
    Json { place, errors }.visit_type(ty);
}

/// The name of a type of `serde_json` that holds anything.
pub(super) fn untyped_json(ty: &TypePath) -> Option<String> {
    let segments = &ty.path.segments;
    let last = &segments.last().filter(|_| segments[0].ident == "serde_json")?.ident;
    ["Value", "Map", "RawValue"].iter().any(|name| last == name).then(|| format!("`serde_json::{last}`"))
}

pub(super) fn untyped(place: &str, what: &str) -> String {
    format!(
        "{place} is {what}: everything on the wire has a type that both ends know\n\
         help: declare a `#[value]` struct or enum"
    )
}
