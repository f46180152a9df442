//! Types by their looks: owned, known, and never untyped. For arguments, results and the fields of values and tables.
//!
//! Owns the spellings of what is unfit; an import that hides the spelling is left to rustc, for which it is no value.

use syn::visit::{self, Visit};
use syn::{Type, TypeImplTrait, TypePath, TypeReference, TypeTraitObject};

use crate::errors::Errors;

/// Reports what makes `ty`, the type of `place`, unfit for the wire and the database.
pub(crate) fn owned(place: &str, ty: &Type, errors: &mut Errors) {
    Owned { place, errors }.visit_type(ty);
}

/// Finds what makes a type unfit for the wire, at any depth.
struct Owned<'a> {
    place: &'a str,
    errors: &'a mut Errors,
}

impl<'ast> Visit<'ast> for Owned<'_> {
    fn visit_type_reference(&mut self, ty: &'ast TypeReference) {
        let owned = match &*ty.elem {
            Type::Path(path) if path.path.is_ident("str") => "`String`",
            Type::Slice(_) => "a `Vec`",
            _ => "the type without `&`",
        };
        self.errors.on(
            ty,
            format!("{} is a reference: values on the wire are owned\nhelp: write {owned}", self.place),
        );
    }

    // A named lifetime is declared by the function, and `no_generics` speaks of it there.
    fn visit_lifetime(&mut self, lifetime: &'ast syn::Lifetime) {
        if lifetime.ident == "_" {
            self.errors.on(
                lifetime,
                format!("{} borrows: values on the wire are owned\nhelp: write an owned type", self.place),
            );
        }
    }

    fn visit_type_impl_trait(&mut self, ty: &'ast TypeImplTrait) {
        self.errors.on(
            ty,
            format!(
                "{} is `impl Trait`: the wire needs one known type\nhelp: write the type itself",
                self.place
            ),
        );
    }

    fn visit_type_trait_object(&mut self, ty: &'ast TypeTraitObject) {
        self.errors.on(ty, untyped(self.place, "a trait object"));
    }

    fn visit_type_path(&mut self, ty: &'ast TypePath) {
        match untyped_json(ty) {
            Some(what) => self.errors.on(ty, untyped(self.place, &what)),
            None => visit::visit_type_path(self, ty),
        }
    }
}

/// The name of a type of `serde_json` that holds anything.
fn untyped_json(ty: &TypePath) -> Option<String> {
    let segments = &ty.path.segments;
    let last = &segments.last().filter(|_| segments[0].ident == "serde_json")?.ident;
    ["Value", "Map", "RawValue"].iter().any(|name| last == name).then(|| format!("`serde_json::{last}`"))
}

fn untyped(place: &str, what: &str) -> String {
    format!(
        "{place} is {what}: everything on the wire has a type that both ends know\n\
         help: declare a `#[value]` struct or enum"
    )
}
