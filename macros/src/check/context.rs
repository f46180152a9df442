//! The context parameter: there, first, lent, and of the function's kind.
//!
//! Owns which context goes with which kind, and why another does not. Invariant: as for all of [`super`].

use syn::{Pat, Type};

use crate::errors::Errors;
use crate::model::{ContextType, Function, Kind, Parameter};

/// Everything that a function does to the world goes through its context.
pub(super) fn has_context(function: &Function, errors: &mut Errors) {
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
pub(super) fn fitting_context(function: &Function, errors: &mut Errors) {
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

/// Whether `argument` is a context in the wrong place, which [`has_context`] reports.
pub(super) fn misplaced_context(function: &Function, argument: &Parameter) -> bool {
    let is_first = function.arguments.first().is_some_and(|first| std::ptr::eq(first, argument));
    function.context.is_none() && (is_context(argument) || is_first && is_any_reference(argument.ty))
}

/// Whether `ty` is `&impl Trait` or `&dyn Trait`: an attempt at a context.
fn is_any_reference(ty: &Type) -> bool {
    let Type::Reference(reference) = ty else { return false };
    matches!(&*reference.elem, Type::ImplTrait(_) | Type::TraitObject(_) | Type::Paren(_))
}

fn is_context(parameter: &Parameter) -> bool {
    match parameter.ty {
        Type::Reference(reference) => ContextType::of(&reference.elem).is_some(),
        ty => ContextType::of(ty).is_some(),
    }
}
