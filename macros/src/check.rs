//! The rules for functions that a type cannot express.
//!
//! Owns one function for each rule, with the rule and its reason; [`function`] lists them.
//! Invariant: a check looks at the model and reports; it changes nothing and depends on no other check's outcome.
//! What rustc reports well on the user's own tokens has no rule here.

use syn::visit::{self, Visit};
use syn::{
    Attribute, GenericParam, Pat, Safety, Type, TypeImplTrait, TypePath, TypeReference, TypeTraitObject,
};

use crate::errors::Errors;
use crate::model::{ContextType, Function, Kind, Parameter};

/// More arguments than this want names of their own: a struct.
pub(crate) const MAX_ARGUMENTS: usize = 12;

/// The macros of which one item can have only one.
const FUNCTION_MACROS: [&str; 6] =
    ["query", "mutation", "action", "internal_query", "internal_mutation", "internal_action"];

/// What the expansion may rely on after the checks.
#[derive(Clone, Copy)]
pub(crate) struct Soundness {
    /// Everything: the function can be wired up.
    pub(crate) whole: bool,
    /// The return type can stand in an associated type.
    pub(crate) result: bool,
}

/// Runs every rule over one function.
pub(crate) fn function(function: &Function, errors: &mut Errors) -> Soundness {
    let mut result = true;
    let whole = errors.section(|errors| {
        one_kind(function, errors);
        public_name(function, errors);
        plain_function(function, errors);
        no_receiver(function, errors);
        result &= errors.section(|errors| no_generics(function, errors));
        is_async(function, errors);
        has_context(function, errors);
        fitting_context(function, errors);
        unconditional_parameters(function, errors);
        few_arguments(function, errors);
        named_arguments(function, errors);
        owned_arguments(function, errors);
        result &= errors.section(|errors| owned_result(function, errors));
    });
    // Rustc reports a repeated parameter itself; wiring it up would repeat that report.
    Soundness { whole: whole && distinct_arguments(function), result }
}

/// A function is of one kind: its context, its guarantees and its callers follow from it.
fn one_kind(function: &Function, errors: &mut Errors) {
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
fn public_name(function: &Function, errors: &mut Errors) {
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

/// `const`, `unsafe`, `extern` and `...` promise something to callers that a call by path cannot keep.
fn plain_function(function: &Function, errors: &mut Errors) {
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
fn no_receiver(function: &Function, errors: &mut Errors) {
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
fn no_generics(function: &Function, errors: &mut Errors) {
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
fn is_async(function: &Function, errors: &mut Errors) {
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

/// Everything that a function does to the world goes through its context.
fn has_context(function: &Function, errors: &mut Errors) {
    if function.context.is_some() || function.receiver.is_some() {
        return;
    }
    let (title, wanted) = (function.title(), function.context_type().name());
    if let Some(late) = function.arguments.iter().skip(1).find(|parameter| is_context(parameter)) {
        errors.on(
            late.ty,
            format!(
                "{title} takes its context late: it comes first\nhelp: move `ctx: &{wanted}` to the front"
            ),
        );
        return;
    }
    match function.arguments.first() {
        Some(first) if ContextType::of(first.ty).is_some() => errors.on(
            first.ty,
            format!("{title} takes its context by value: it is lent for the call\nhelp: write `&{wanted}`"),
        ),
        first => {
            let message = format!(
                "{title} has no context: the first parameter is its way to the world\nhelp: take `ctx: &{wanted}` first"
            );
            match first {
                Some(first) => errors.on(first.ty, message),
                None => errors.push(syn::Error::new(function.source.sig.paren_token.span.join(), message)),
            }
        }
    }
}

/// Each kind has its own context; what a context lacks is what the kind must not do.
fn fitting_context(function: &Function, errors: &mut Errors) {
    let Some(context) = &function.context else { return };
    let Type::Reference(reference) = context.ty else { return };
    let (title, wanted) = (function.title(), function.context_type());
    if let Some(mutability) = &reference.mutability {
        errors.on(
            mutability,
            format!("context of {title} is `&mut`: it is shared\nhelp: write `&{}`", wanted.name()),
        );
    }
    let declared = !function.source.sig.generics.params.is_empty();
    if let Some(lifetime) = reference.lifetime.as_ref().filter(|lifetime| lifetime.ident != "_" && !declared)
    {
        errors.on(
            lifetime,
            format!(
                "context of {title} has lifetime `{lifetime}`: it is lent for the call only\nhelp: write `&{}`",
                wanted.name(),
            ),
        );
    }
    if context.name.is_none() && !matches!(context.pat, Pat::Wild(_)) {
        errors.on(
            context.pat,
            format!(
                "context of {title} is a pattern: it takes a name\nhelp: write `ctx: &{}`",
                wanted.name()
            ),
        );
    }
    let Some(found) = ContextType::of(&reference.elem).filter(|found| *found != wanted) else { return };
    errors.on(
        &reference.elem,
        format!("{title} takes `&{}`: {}", found.name(), wrong_context(function, found)),
    );
}

/// Why `found` does not fit, and what to write.
fn wrong_context(function: &Function, found: ContextType) -> String {
    let wanted = function.context_type().name();
    match (function.attribute.kind, found) {
        (Kind::Query, ContextType::Mutation) => {
            format!("a query only reads\nhelp: write `&{wanted}`, or make it a mutation to write")
        }
        (Kind::Action, ContextType::BlockingAction) => format!(
            "that context blocks, and this action is `async`\n\
             help: write `&{wanted}`, or remove `async` to run it on the blocking pool"
        ),
        (Kind::Action, ContextType::Action) => format!(
            "that context has to be awaited, and this action is not `async`\n\
             help: write `async fn`, or `&{wanted}` to run it on the blocking pool"
        ),
        (Kind::Action, _) => {
            format!(
                "an action stands outside of transactions\nhelp: write `&{wanted}`, and call queries and mutations from it"
            )
        }
        (Kind::Query | Kind::Mutation, ContextType::Action | ContextType::BlockingAction) => format!(
            "a {} runs in a transaction, where nothing else can be awaited\nhelp: write `&{wanted}`, or make it an action",
            function.attribute.kind.noun(),
        ),
        (Kind::Query | Kind::Mutation, _) => {
            format!("a {} has a context of its own\nhelp: write `&{wanted}`", function.attribute.kind.noun())
        }
    }
}

/// Clients and stored schedules know one list of arguments, whatever the build's features are.
fn unconditional_parameters(function: &Function, errors: &mut Errors) {
    for parameter in function.context.iter().chain(&function.arguments) {
        for attr in parameter
            .attrs
            .iter()
            .filter(|attr| attr.path().is_ident("cfg") || attr.path().is_ident("cfg_attr"))
        {
            errors.on(
                attr,
                format!(
                    "parameter of {} is conditional: its signature is part of the interface\n\
                     help: put `#[cfg]` on whole functions",
                    function.title(),
                ),
            );
        }
    }
}

/// A long list is better read, and better extended, as a struct.
fn few_arguments(function: &Function, errors: &mut Errors) {
    if let Some(first_extra) = function.arguments.get(MAX_ARGUMENTS) {
        errors.on(
            first_extra.pat,
            format!(
                "{} has {} arguments: {MAX_ARGUMENTS} are the most\nhelp: put them into a `#[value]` struct",
                function.title(),
                function.arguments.len(),
            ),
        );
    }
}

/// Arguments travel by name, so each has one; names that start with `_` belong to the framework.
fn named_arguments(function: &Function, errors: &mut Errors) {
    for (index, argument) in function.arguments.iter().enumerate() {
        if misplaced_context(function, argument) {
            continue;
        }
        let Some(name) = argument.wire_name() else {
            errors.on(
                argument.pat,
                format!(
                    "argument {} of {} is a pattern: arguments are sent by name\n\
                     help: give it a name, and take it apart in the body",
                    index + 1,
                    function.title(),
                ),
            );
            continue;
        };
        if name.starts_with('_') {
            let plain = suggestion(&name);
            errors.on(
                argument.pat,
                format!(
                    "argument `{name}` has a reserved name: names that start with `_` belong to mainspring\n\
                     help: rename it to `{plain}`; `let _ = {plain};` marks it as unused",
                ),
            );
        }
    }
}

/// Arguments are decoded from the wire, and stored with a schedule: owned, and of one known type.
fn owned_arguments(function: &Function, errors: &mut Errors) {
    for argument in &function.arguments {
        if misplaced_context(function, argument) {
            continue;
        }
        let place =
            argument.wire_name().map_or_else(|| "argument".to_owned(), |name| format!("argument `{name}`"));
        Owned { place, errors }.visit_type(argument.ty);
    }
}

/// Results are encoded after the function's transaction has ended.
fn owned_result(function: &Function, errors: &mut Errors) {
    if let Some(ty) = function.result {
        Owned { place: format!("result of {}", function.title()), errors }.visit_type(ty);
    }
}

/// Finds what makes a type unfit for the wire, at any depth.
struct Owned<'a> {
    place: String,
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
        self.errors.on(ty, untyped(&self.place, "a trait object"));
    }

    fn visit_type_path(&mut self, ty: &'ast TypePath) {
        match untyped_json(ty) {
            Some(what) => self.errors.on(ty, untyped(&self.place, &what)),
            None => visit::visit_type_path(self, ty),
        }
    }
}

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

/// Whether `attr` is one of our function macros, by its last segment.
pub(crate) fn is_function_macro(attr: &Attribute) -> bool {
    attr.path().segments.last().is_some_and(|last| FUNCTION_MACROS.iter().any(|name| last.ident == name))
}

/// Whether every argument has a name of its own.
fn distinct_arguments(function: &Function) -> bool {
    let mut names: Vec<_> = function.arguments.iter().filter_map(Parameter::wire_name).collect();
    names.sort_unstable();
    names.windows(2).all(|pair| pair[0] != pair[1])
}

/// Whether `argument` is a context in the wrong place, which [`has_context`] reports.
fn misplaced_context(function: &Function, argument: &Parameter) -> bool {
    function.context.is_none() && is_context(argument)
}

fn is_context(parameter: &Parameter) -> bool {
    match parameter.ty {
        Type::Reference(reference) => ContextType::of(&reference.elem).is_some(),
        ty => ContextType::of(ty).is_some(),
    }
}

/// A name that keeps what is readable of a reserved one.
fn suggestion(name: &str) -> &str {
    match name.trim_start_matches('_') {
        "" => "name",
        plain => plain,
    }
}
