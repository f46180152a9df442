//! The head of a `#[crons]` function: `fn crons(crons: &mut Crons)`, and nothing else.
//!
//! Invariant: each independent mistake is reported, on the token that makes it; the type's alias is rustc's to know.

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, FnArg, Ident, Pat, ReturnType, Safety, Type, Visibility};

use crate::errors::Errors;
use crate::signature::{Signature, other_item};

/// Reads the item under the attribute.
///
/// # Errors
///
/// If the item is not a function, or its signature is not yet complete.
pub(super) fn read(item: TokenStream) -> syn::Result<Signature> {
    let other = |input: ParseStream| {
        input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        let found = other_item(input).map(|what| {
            input.error(format!(
                "`#[crons]` stands on {what}: a function declares crons\nhelp: put it on a `fn(crons: &mut Crons)`"
            ))
        });
        input.parse::<TokenStream>()?;
        Ok(found)
    };
    match other.parse2(item.clone()) {
        Ok(Some(error)) => Err(error),
        Ok(None) | Err(_) => syn::parse2(item),
    }
}

/// Whether the function can be called to declare its crons.
pub(super) fn check(source: &Signature, errors: &mut Errors) -> bool {
    errors.section(|errors| {
        qualifiers(source, errors);
        parameters(source, errors);
        if let ReturnType::Type(_, result) = &source.sig.output {
            errors.on(
                result,
                format!("{} returns something: nobody takes it\nhelp: remove `-> …`", title(source)),
            );
        }
    })
}

/// The name of the one parameter.
pub(super) fn parameter(source: &Signature) -> Option<&Ident> {
    match source.sig.inputs.first()? {
        FnArg::Typed(typed) => match &*typed.pat {
            Pat::Ident(pat) => Some(&pat.ident),
            _ => None,
        },
        FnArg::Receiver(_) => None,
    }
}

fn title(source: &Signature) -> String {
    format!("crons function `{}`", source.sig.ident)
}

fn qualifiers(source: &Signature, errors: &mut Errors) {
    let (sig, title) = (&source.sig, title(source));
    if let Some(asyncness) = &sig.asyncness {
        errors.on(
            asyncness,
            format!("{title} is `async`: it declares crons and waits for nothing\nhelp: remove `async`"),
        );
    }
    if let Some(constness) = &sig.constness {
        errors.on(constness, format!("{title} is `const`: it is called at start\nhelp: remove `const`"));
    }
    if !matches!(sig.safety, Safety::Default) {
        errors.on(&sig.safety, format!("{title} is `unsafe`: it is called at start\nhelp: remove `unsafe`"));
    }
    if let Some(abi) = &sig.abi {
        errors.on(abi, format!("{title} has a foreign ABI: it is called at start\nhelp: remove `extern`"));
    }
    if !sig.generics.params.is_empty() {
        errors.on(
            &sig.generics,
            format!("{title} is generic: it is called once, at start\nhelp: remove the parameters"),
        );
    }
}

fn parameters(source: &Signature, errors: &mut Errors) {
    let (sig, title) = (&source.sig, title(source));
    let Some(first) = sig.inputs.first() else {
        let message = format!("{title} has nothing to declare with\nhelp: take `crons: &mut Crons`");
        errors.push(syn::Error::new(sig.paren_token.span.join(), message));
        return;
    };
    match first {
        FnArg::Receiver(receiver) => errors.on(
            receiver,
            format!(
                "{title} is a method: it is called without a value\nhelp: move it out of the `impl` and take `crons: &mut Crons`"
            ),
        ),
        FnArg::Typed(typed) => {
            if !matches!(&*typed.pat, Pat::Ident(pat) if pat.by_ref.is_none() && pat.subpat.is_none())
                && !matches!(&*typed.pat, Pat::Wild(_))
            {
                errors.on(
                    &typed.pat,
                    format!("parameter of {title} is a pattern\nhelp: write `crons: &mut Crons`"),
                );
            }
            let is_lent = matches!(&*typed.ty, Type::Reference(lent) if lent.mutability.is_some());
            if !is_lent && !matches!(&*typed.ty, Type::Macro(_)) {
                errors.on(
                    &typed.ty,
                    format!(
                        "{title} takes its crons in another way than `&mut Crons`: they are lent to be declared\n\
                         help: write `crons: &mut Crons`"
                    ),
                );
            }
        }
    }
    for other in sig.inputs.iter().skip(1) {
        errors.on(
            other,
            format!("{title} takes more than `&mut Crons`: it is called at start, with nothing else\nhelp: remove it"),
        );
    }
}
