//! The crons that a body declares: `crons.daily("report", at(9, 0), …).time_zone("Europe/Berlin")`.
//!
//! Invariant: finds what is written out, at any depth; a call that is half typed is found as far as it goes.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use syn::LitStr;

use crate::attr::entries;

/// One call of a method of the parameter, with the methods that are chained to it.
pub(super) struct Declaration {
    pub(super) method: Ident,
    /// Each with its tokens.
    pub(super) arguments: Vec<TokenStream>,
    /// Method and arguments.
    pub(super) options: Vec<(Ident, Vec<TokenStream>)>,
}

impl Declaration {
    /// The cron's name, if it is a literal.
    pub(super) fn name(&self) -> Option<LitStr> {
        text(self.arguments.first()?)
    }
}

/// The calls of methods of `parameter` in a body.
pub(super) fn find(parameter: &str, body: &TokenStream) -> Vec<Declaration> {
    let mut found = Vec::new();
    collect(parameter, body.clone(), &mut found);
    found
}

/// The string literal that an argument is.
pub(super) fn text(argument: &TokenStream) -> Option<LitStr> {
    syn::parse2(argument.clone()).ok()
}

fn collect(parameter: &str, tokens: TokenStream, found: &mut Vec<Declaration>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(ident) if *ident == parameter && !is_member(&tokens[..at]) => {
                let mut rest = &tokens[at + 1..];
                let Some((method, arguments)) = method(&mut rest) else { continue };
                let options = std::iter::from_fn(|| self::method(&mut rest)).collect();
                found.push(Declaration { method, arguments, options });
            }
            TokenTree::Group(group) => collect(parameter, group.stream(), found),
            _ => {}
        }
    }
}

/// Whether what follows is a member of something else: `app.crons`, `module::crons`.
fn is_member(before: &[TokenTree]) -> bool {
    matches!(before.last(), Some(TokenTree::Punct(punct)) if matches!(punct.as_char(), '.' | ':'))
}

/// Takes `.method(arguments)` off the front.
fn method(tokens: &mut &[TokenTree]) -> Option<(Ident, Vec<TokenStream>)> {
    let [TokenTree::Punct(dot), TokenTree::Ident(method), TokenTree::Group(group), rest @ ..] = *tokens
    else {
        return None;
    };
    if dot.as_char() != '.' || group.delimiter() != Delimiter::Parenthesis {
        return None;
    }
    *tokens = rest;
    Some((method.clone(), entries(group.stream())))
}
