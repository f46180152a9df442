//! Types by their looks: owned, known, and never untyped. For arguments, results and the fields of values and tables.
//!
//! Owns the spellings of what is unfit; an import that hides the spelling is left to rustc, for which it is no value.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{
    GenericArgument, Lifetime, PathArguments, Type, TypeFnPtr, TypeImplTrait, TypeNever, TypePath, TypePtr,
    TypeReference, TypeSlice, TypeTraitObject, parse_quote,
};

use crate::errors::Errors;

/// Types of std's that are neither `Send` nor `Sync`, or not the latter.
const ONE_THREAD: [&str; 4] = ["Cell", "OnceCell", "Rc", "RefCell"];

/// Collections of std's, and how many types they hold. What rustc would take a further one for is not stable, so it says
/// so many times.
const COLLECTIONS: [(&str, usize); 4] = [("BTreeMap", 2), ("BTreeSet", 1), ("Box", 1), ("Vec", 1)];

/// Reports what makes `ty`, the type of `place`, unfit for the wire and the database.
pub(crate) fn owned(place: &str, ty: &Type, errors: &mut Errors) {
    Owned { place, errors }.visit_type(ty);
}

/// Whether a type leaves something to be known from elsewhere: `_`, or `Self` outside of a type. Rustc says so of the
/// function itself.
pub(crate) fn is_spelled_out(ty: &Type) -> bool {
    let names = idents(ty.to_token_stream());
    !names.iter().any(|name| name == "_" || name == "Self")
}

/// Whether a type leaves something to be inferred, which rustc says of the field itself.
pub(crate) fn is_inferred(ty: &Type) -> bool {
    idents(ty.to_token_stream()).iter().any(|name| name == "_")
}

/// Whether a call is anywhere in the type.
pub(crate) fn holds_a_call(ty: &Type) -> bool {
    struct Found(bool);
    impl<'ast> Visit<'ast> for Found {
        fn visit_type_path(&mut self, ty: &'ast TypePath) {
            self.0 |= is_call(ty);
            visit::visit_type_path(self, ty);
        }
    }
    let mut found = Found(false);
    found.visit_type(ty);
    found.0
}

/// Puts what [`owned`] tells to write in the place of what rustc would report many times: types without a size, and with too
/// many types in them.
pub(crate) fn make_sized(ty: &mut Type) {
    match ty {
        Type::Path(path) if path.path.is_ident("str") => *ty = parse_quote!(::std::string::String),
        Type::Path(path) if is_call(path) => *ty = parse_quote!(()),
        Type::Path(path) => {
            let most = too_many_types(path).map_or(usize::MAX, |(_, most, _)| most);
            if let Some(PathArguments::AngleBracketed(arguments)) =
                path.path.segments.last_mut().map(|last| &mut last.arguments)
            {
                arguments.args = std::mem::take(&mut arguments.args).into_iter().take(most).collect();
                for argument in &mut arguments.args {
                    if let GenericArgument::Type(ty) = argument {
                        make_sized(ty);
                    }
                }
            }
        }
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(make_sized),
        Type::Slice(slice) => {
            let element = &slice.elem;
            *ty = parse_quote!(::std::vec::Vec<#element>);
        }
        _ => {}
    }
}

/// As [`make_sized`], and nothing in the place of what no field can be, or none that threads share.
pub(crate) fn make_fit_for_a_field(ty: &mut Type) {
    let is_pointer = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '*');
    let tokens = ty.to_token_stream();
    let names = idents(tokens.clone());
    let is_unfit = |name: &String| name == "dyn" || name == "impl" || ONE_THREAD.contains(&name.as_str());
    if names.iter().any(is_unfit) || flat(tokens).iter().any(is_pointer) {
        *ty = parse_quote!(());
    }
    make_sized(ty);
}

fn idents(tokens: TokenStream) -> Vec<String> {
    let ident = |token: TokenTree| match token {
        TokenTree::Ident(ident) => Some(ident.to_string()),
        _ => None,
    };
    flat(tokens).into_iter().filter_map(ident).collect()
}

/// All tokens, without brackets.
fn flat(tokens: TokenStream) -> Vec<TokenTree> {
    let inner = |token| match token {
        TokenTree::Group(group) => flat(group.stream()),
        token => vec![token],
    };
    tokens.into_iter().flat_map(inner).collect()
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

    // Another named lifetime is declared by the function, and `no_generics` speaks of it there.
    fn visit_lifetime(&mut self, lifetime: &'ast Lifetime) {
        if lifetime.ident == "_" || lifetime.ident == "static" {
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

    fn visit_type_slice(&mut self, ty: &'ast TypeSlice) {
        self.errors.on(
            ty,
            format!(
                "{} is a slice, a part of something: values on the wire are owned\nhelp: write a `Vec`",
                self.place
            ),
        );
    }

    fn visit_type_ptr(&mut self, ty: &'ast TypePtr) {
        self.errors.on(
            ty,
            format!(
                "{} is a pointer: it means nothing to anybody else\nhelp: write the type that it points to",
                self.place
            ),
        );
    }

    fn visit_type_fn_ptr(&mut self, ty: &'ast TypeFnPtr) {
        self.errors.on(
            ty,
            format!(
                "{} is a function: code is not sent\nhelp: say with a `#[value]` enum what is to be done",
                self.place
            ),
        );
    }

    fn visit_type_never(&mut self, ty: &'ast TypeNever) {
        self.errors.on(
            ty,
            format!("{} is `!`, which has no values\nhelp: write what there is, or `()`", self.place),
        );
    }

    fn visit_type_path(&mut self, ty: &'ast TypePath) {
        if ty.path.is_ident("str") {
            self.errors.on(
                ty,
                format!(
                    "{} is `str`, a part of a text: values on the wire are owned\nhelp: write `String`",
                    self.place
                ),
            );
        }
        if let Some(wide) = ty.path.get_ident().filter(|name| *name == "u128" || *name == "i128") {
            let narrow = wide.to_string().replace("128", "64");
            self.errors.on(
                ty,
                format!(
                    "{} is `{wide}`: integers on the wire have at most 64 bits\n\
                     help: write `{narrow}`, or a `String` of its digits",
                    self.place
                ),
            );
        }
        if let Some(name) = of_one_thread(ty) {
            self.errors.on(
                ty,
                format!(
                    "{} is in `{name}`, which stays in one thread: values on the wire are owned\n\
                     help: write the type that it holds",
                    self.place
                ),
            );
            return;
        }
        if is_call(ty) {
            self.errors.on(
                ty,
                format!(
                    "{} is a `Call`: whoever makes a call runs or schedules it, and only data is sent\n\
                     help: send the arguments of the call, and make it where it is run",
                    self.place
                ),
            );
            return;
        }
        if let Some((name, most, first)) = too_many_types(ty) {
            let holds = if most == 1 { "one type".to_owned() } else { format!("{most} types") };
            self.errors.on(
                first,
                format!(
                    "{} has too many types in `{name}`, which holds {holds}\n\
                     help: remove this one, or put several into a tuple or a `#[value]` struct",
                    self.place
                ),
            );
            return;
        }
        match untyped_json(ty) {
            Some(what) => self.errors.on(ty, untyped(self.place, &what)),
            // Of what borrows, the lifetime is the mistake, not what is borrowed.
            None if lifetimes(ty).next().is_some() => {
                lifetimes(ty).for_each(|lifetime| self.visit_lifetime(lifetime));
            }
            None => visit::visit_type_path(self, ty),
        }
    }
}

/// What stands between `<` and `>` at the end of the path.
fn arguments(ty: &TypePath) -> impl Iterator<Item = &GenericArgument> {
    let arguments = match ty.path.segments.last().map(|last| &last.arguments) {
        Some(PathArguments::AngleBracketed(arguments)) => Some(&arguments.args),
        _ => None,
    };
    arguments.into_iter().flatten()
}

fn lifetimes(ty: &TypePath) -> impl Iterator<Item = &Lifetime> {
    arguments(ty).filter_map(|argument| match argument {
        GenericArgument::Lifetime(lifetime) => Some(lifetime),
        _ => None,
    })
}

/// The name of a type of std's that no other thread may see: rustc says so for each trait that is missing. A type of the
/// user's own with that name and an argument is generic, so it is no value either.
fn of_one_thread(ty: &TypePath) -> Option<&'static str> {
    let segments = &ty.path.segments;
    let last = segments.last()?;
    let is_std = segments.len() == 1 || ["std", "core", "alloc"].iter().any(|root| segments[0].ident == root);
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    let holds_a_type = matches!(arguments.args.first(), Some(GenericArgument::Type(_)));
    ONE_THREAD.into_iter().find(|name| is_std && holds_a_type && last.ident == name)
}

/// A deferred call, by its looks. A type of the user's own with that name and an argument is generic, so it is no value either.
fn is_call(ty: &TypePath) -> bool {
    let segments = &ty.path.segments;
    let is_ours = segments.len() == 1 || segments.first().is_some_and(|first| first.ident == "mainspring");
    is_ours && segments.last().is_some_and(|last| last.ident == "Call" && types(ty).next().is_some())
}

/// The name of a collection, how many types it holds, and the first that is too many.
fn too_many_types(ty: &TypePath) -> Option<(&'static str, usize, &Type)> {
    let segments = &ty.path.segments;
    let is_std = segments.len() == 1 || ["std", "alloc"].iter().any(|root| segments[0].ident == root);
    let last = segments.last().filter(|_| is_std)?;
    let (name, most) = COLLECTIONS.into_iter().find(|(name, _)| last.ident == name)?;
    types(ty).nth(most).map(|first| (name, most, first))
}

fn types(ty: &TypePath) -> impl Iterator<Item = &Type> {
    arguments(ty).filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
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
