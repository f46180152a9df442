//! What macros and imports hide: calls, definitions of macros, and attributes under another name.
//!
//! Invariant: reads tokens and expands nothing.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};

use super::imports::uses;
use super::{Content, outer_attribute, position};
use crate::attribute::{Aliases, is_annotation, split_path};

/// A call of a macro where items stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) tokens: String,
    /// Where annotated functions are written in it.
    pub(crate) functions: Vec<(usize, usize)>,
}

/// The macro that is called or defined at the start of a list of tokens.
pub(super) struct Found<'a> {
    name: &'a Ident,
    is_definition: bool,
    tokens: &'a Group,
}

/// The macro that is called or defined at the start of `tokens`, and what follows.
pub(super) fn call(tokens: &[TokenTree]) -> Option<(Found<'_>, &[TokenTree])> {
    match tokens {
        [
            TokenTree::Ident(keyword),
            TokenTree::Punct(bang),
            TokenTree::Ident(name),
            TokenTree::Group(tokens),
            after @ ..,
        ] if bang.as_char() == '!' && keyword == "macro_rules" => {
            Some((Found { name, is_definition: true, tokens }, after))
        }
        [TokenTree::Ident(name), TokenTree::Punct(bang), TokenTree::Group(tokens), after @ ..]
            if bang.as_char() == '!' =>
        {
            Some((Found { name, is_definition: false, tokens }, after))
        }
        _ => None,
    }
}

impl<'a> Found<'a> {
    /// Its name, and what it is as an item.
    pub(super) fn content(self, aliases: &Aliases) -> (&'a Ident, Content) {
        let tokens = self.tokens.stream();
        let text = tokens.to_string();
        let content = if self.is_definition {
            Content::Rules(text, is_annotated(tokens, aliases))
        } else if self.name == "include" {
            Content::Include(text)
        } else {
            let mut functions = Vec::new();
            find(tokens, aliases, &mut functions);
            Content::Call(Call { tokens: text, functions })
        };
        (self.name, content)
    }
}

/// What the `use`s of mainspring among `tokens` call its attributes.
pub(super) fn aliases(tokens: &[TokenTree]) -> Aliases {
    let mut aliases = Aliases::new();
    for import in uses(tokens) {
        let root = import.iter().find(|token| !matches!(token, TokenTree::Punct(_)));
        if matches!(root, Some(TokenTree::Ident(root)) if root == "mainspring") {
            renamed(import, &mut aliases);
        }
    }
    aliases
}

fn renamed(import: &[TokenTree], aliases: &mut Aliases) {
    for (at, token) in import.iter().enumerate() {
        match (token, import.get(at + 1), import.get(at + 2)) {
            (TokenTree::Group(group), ..) => {
                renamed(&group.stream().into_iter().collect::<Vec<_>>(), aliases);
            }
            (TokenTree::Ident(name), Some(TokenTree::Ident(word)), Some(TokenTree::Ident(alias)))
                if word == "as" && is_annotation(&name.to_string()) =>
            {
                aliases.insert(alias.to_string(), name.to_string());
            }
            _ => {}
        }
    }
}

/// Whether an annotation is anywhere in `tokens`.
fn is_annotated(tokens: TokenStream, aliases: &Aliases) -> bool {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    (0..tokens.len()).any(|at| match (outer_attribute(&tokens[at..]), &tokens[at]) {
        (Some((brackets, _)), _) => annotates(brackets, aliases),
        (None, TokenTree::Group(group)) => is_annotated(group.stream(), aliases),
        _ => false,
    })
}

/// The names of the annotated functions and tables that are written anywhere in `tokens`.
fn find(tokens: TokenStream, aliases: &Aliases, found: &mut Vec<(usize, usize)>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut rest = tokens.as_slice();
    let mut is_annotated = false;
    while let [first, after @ ..] = rest {
        if let Some((brackets, after)) = outer_attribute(rest) {
            is_annotated |= annotates(brackets, aliases);
            rest = after;
            continue;
        }
        match (first, after.first()) {
            (TokenTree::Ident(keyword), Some(TokenTree::Ident(name)))
                if is_annotated && (keyword == "fn" || keyword == "struct") =>
            {
                found.push(position(name.span()));
                is_annotated = false;
            }
            (TokenTree::Group(group), _) => {
                find(group.stream(), aliases, found);
                is_annotated &= group.delimiter() != Delimiter::Brace;
            }
            _ => {}
        }
        rest = after;
    }
}

fn annotates(brackets: &Group, aliases: &Aliases) -> bool {
    let tokens: Vec<TokenTree> = brackets.stream().into_iter().collect();
    let name = split_path(&tokens).map(|(name, ..)| name);
    name.is_some_and(|name| is_annotation(aliases.get(&name).unwrap_or(&name)))
}
