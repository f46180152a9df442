//! The items of one module, found in its tokens.
//!
//! Invariant: never fails. Bodies, initialisers and macro calls are groups, so whatever is half-typed inside them cannot
//! hide the next item; they are looked at only for annotated functions, which have no place there, and the body of a
//! `#[crons]` function for names.

mod block;
mod calls;
mod crons;
mod imports;

use std::str::FromStr;

use proc_macro2::{Delimiter, Group, Ident, LineColumn, Span, TokenStream, TokenTree};

use crate::attribute::Attributes;
use crate::model::Name;
pub(crate) use calls::Call;

/// Modules deeper than this are not read: the bound on recursion, far above what people write.
pub(crate) const MAX_DEPTH: usize = 128;

/// The text has unbalanced brackets, an open string, or another thing that is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotRust;

/// What one module's text declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scan {
    /// `#![…]` at the top.
    pub(crate) inner: Attributes,
    pub(crate) items: Vec<Item>,
    /// What `use`s bring in that a query or mutation may not call: the name, and the path that it stands for.
    pub(crate) imports: Vec<(String, String)>,
    /// Whether `functions!` is called.
    pub(crate) calls_functions: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) attributes: Attributes,
    pub(crate) scope: Scope,
    pub(crate) name: Name,
    /// Line from 1, column from 0, of the name.
    pub(crate) at: (usize, usize),
    pub(crate) content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// `mod name;`
    File,
    /// `mod name { … }`
    Inline(Scan),
    /// A function with an annotation, or one that declares crons: these.
    Function(Vec<CronName>),
    /// A function with an annotation in an `impl`, a trait or an `extern` block.
    Member,
    /// A function with an annotation in the body of another function, an initialiser, or any other block.
    Local,
    /// `name!(…)`
    Call(Call),
    /// The rules of `macro_rules! name { … }`, and whether an annotation is in them.
    Rules(String, bool),
    /// `include!(…)`, by its argument.
    Include(String),
    /// A struct with a table name, named fields and no generics.
    Table,
    /// A struct or enum with `#[value]`.
    Value,
}

/// The name of a cron, where a `#[crons]` function declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CronName {
    pub(crate) name: String,
    /// Line from 1, column from 0.
    pub(crate) at: (usize, usize),
}

/// From where an item can be named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// `pub`, and what is not understood.
    Crate,
    /// This many modules up from the one that holds the item; 0 is that module itself.
    Up(usize),
    /// `pub(crate)`, `pub(in crate::a::b)`, by the segments after `crate`.
    In(Vec<String>),
}

impl Scan {
    /// Whether nothing would be lost by forgetting this.
    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The items of what a macro call expands to, all of them at the place of the call.
pub(crate) fn scan_expansion(tokens: TokenStream, at: (usize, usize)) -> Scan {
    fn place(scan: &mut Scan, at: (usize, usize)) {
        for item in &mut scan.items {
            item.at = at;
            match &mut item.content {
                Content::Inline(scan) => place(scan, at),
                Content::Function(names) => names.iter_mut().for_each(|name| name.at = at),
                Content::Call(call) => call.functions.iter_mut().for_each(|function| *function = at),
                _ => {}
            }
        }
    }
    let mut scan = scan_tokens(tokens, 0);
    place(&mut scan, at);
    scan
}

/// The items of a file's text.
pub(crate) fn scan(text: &str) -> Result<Scan, NotRust> {
    let tokens = TokenStream::from_str(without_shebang(text)).map_err(|_| NotRust)?;
    Ok(scan_tokens(tokens, 0))
}

/// Blanks a `#!` line, as rustc does, unless it is the start of an inner attribute.
fn without_shebang(text: &str) -> &str {
    let Some(rest) = text.strip_prefix('\u{feff}').unwrap_or(text).strip_prefix("#!") else { return text };
    if rest.trim_start().starts_with('[') {
        return text;
    }
    // The line feed stays: lines keep their numbers.
    rest.find('\n').map_or("", |end| &rest[end..])
}

fn scan_tokens(tokens: TokenStream, depth: usize) -> Scan {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let aliases = calls::aliases(&tokens);
    // Of a block, nothing but functions matters.
    let is_block = depth > MAX_DEPTH;
    let imports = if is_block { Vec::new() } else { imports::suspicious(&tokens) };
    let mut scan = Scan { imports, ..Scan::default() };
    let mut attributes = Attributes::default();
    let mut scope = Scope::Up(0);
    // The conditions of the item whose blocks are next.
    let mut around = Vec::new();
    let mut rest = tokens.as_slice();
    while !rest.is_empty() {
        if let Some((group, after)) = outer_attribute(rest) {
            attributes.add(group, &aliases);
            rest = after;
            continue;
        }
        if let Some((group, after)) = inner_attribute(rest) {
            scan.inner.add(group, &aliases);
            rest = after;
            continue;
        }
        if let Some((found, after)) = visibility(rest) {
            scope = found;
            rest = after;
            continue;
        }
        if let [TokenTree::Ident(keyword), TokenTree::Ident(name), after @ ..] = rest
            && let Some(content) = content(keyword, &attributes, after, depth)
        {
            let is_read = matches!(content, Content::Inline(_));
            around.clone_from(&attributes.cfgs);
            scan.items.push(Item {
                attributes: std::mem::take(&mut attributes),
                scope: std::mem::replace(&mut scope, Scope::Up(0)),
                name: Name::new(&name.to_string()),
                at: position(name.span()),
                content,
            });
            rest = if is_read { &after[1..] } else { after };
            continue;
        }
        if let Some((block, after)) = block::of_keyword(rest) {
            scan.items.extend(block::functions(block, depth, &Content::Member, &attributes.cfgs));
            attributes = Attributes::default();
            scope = Scope::Up(0);
            rest = after;
            continue;
        }
        if let [TokenTree::Ident(name), TokenTree::Punct(bang), ..] = rest {
            scan.calls_functions |= name == "functions" && bang.as_char() == '!';
        }
        if let Some((call, after)) = calls::call(rest) {
            let (attributes, scope) =
                (std::mem::take(&mut attributes), std::mem::replace(&mut scope, Scope::Up(0)));
            if !is_block {
                let (name, content) = call.content(&aliases);
                let at = position(name.span());
                scan.items.push(Item { attributes, scope, name: Name::new(&name.to_string()), at, content });
            }
            rest = after;
            continue;
        }
        if let TokenTree::Group(group) = &rest[0] {
            scan.items.extend(block::functions(group, depth, &Content::Local, &around));
        } else if !qualifies(&rest[0]) {
            if !attributes.cfgs.is_empty() {
                around = std::mem::take(&mut attributes.cfgs);
            }
            attributes = Attributes::default();
            scope = Scope::Up(0);
        }
        if ends_item(&rest[0]) {
            around.clear();
        }
        rest = &rest[1..];
    }
    scan
}

/// What `keyword name` begins, if it is anything that this crate generates code for.
fn content(keyword: &Ident, attributes: &Attributes, after: &[TokenTree], depth: usize) -> Option<Content> {
    let braces = match after {
        [TokenTree::Group(group), ..] if group.delimiter() == Delimiter::Brace => Some(group),
        _ => None,
    };
    match keyword.to_string().as_str() {
        "mod" => Some(match braces {
            // Below that, it is in a block.
            Some(group) if depth != MAX_DEPTH && depth < 2 * MAX_DEPTH => {
                Content::Inline(scan_tokens(group.stream(), depth + 1))
            }
            Some(_) => Content::Inline(Scan::default()),
            None => Content::File,
        }),
        "fn" if attributes.crons => Some(Content::Function(crons::names(after))),
        "fn" if !attributes.functions.is_empty() => Some(Content::Function(Vec::new())),
        // The macro refuses every other shape; naming one here would only add an error to its own.
        "struct" if attributes.table.is_some() && braces.is_some() => Some(Content::Table),
        "struct" | "enum" if attributes.value => Some(Content::Value),
        _ => None,
    }
}

fn outer_attribute(tokens: &[TokenTree]) -> Option<(&Group, &[TokenTree])> {
    match tokens {
        [TokenTree::Punct(hash), TokenTree::Group(group), after @ ..]
            if hash.as_char() == '#' && group.delimiter() == Delimiter::Bracket =>
        {
            Some((group, after))
        }
        _ => None,
    }
}

fn inner_attribute(tokens: &[TokenTree]) -> Option<(&Group, &[TokenTree])> {
    match tokens {
        [TokenTree::Punct(hash), TokenTree::Punct(bang), TokenTree::Group(group), after @ ..]
            if hash.as_char() == '#' && bang.as_char() == '!' && group.delimiter() == Delimiter::Bracket =>
        {
            Some((group, after))
        }
        _ => None,
    }
}

fn visibility(tokens: &[TokenTree]) -> Option<(Scope, &[TokenTree])> {
    match tokens {
        [TokenTree::Ident(keyword), TokenTree::Group(group), after @ ..]
            if keyword == "pub" && group.delimiter() == Delimiter::Parenthesis =>
        {
            Some((restriction(group.stream()), after))
        }
        [TokenTree::Ident(keyword), after @ ..] if keyword == "pub" => Some((Scope::Crate, after)),
        _ => None,
    }
}

/// The inside of `pub(…)`. What is not understood counts as public: rustc has the word on it.
fn restriction(tokens: TokenStream) -> Scope {
    let mut segments: Vec<String> = tokens
        .into_iter()
        .filter_map(|token| {
            if let TokenTree::Ident(ident) = token { Some(Name::new(&ident.to_string()).text) } else { None }
        })
        .collect();
    if segments.first().is_some_and(|first| first == "in") {
        segments.remove(0);
    }
    match segments.first().map(String::as_str) {
        Some("crate") => Scope::In(segments.split_off(1)),
        Some("self" | "super") if segments.iter().skip(1).all(|segment| segment == "super") => {
            Scope::Up(segments.iter().filter(|segment| *segment == "super").count())
        }
        _ => Scope::Crate,
    }
}

/// Whether an item's attributes and visibility may be followed by this before its keyword.
fn qualifies(token: &TokenTree) -> bool {
    match token {
        TokenTree::Ident(ident) => {
            ["async", "const", "default", "extern", "safe", "unsafe"].iter().any(|word| ident == word)
        }
        // The ABI of `extern "C"`.
        TokenTree::Literal(_) => true,
        _ => false,
    }
}

/// Whether what comes next may be another item.
fn ends_item(token: &TokenTree) -> bool {
    match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        TokenTree::Punct(punct) => punct.as_char() == ';',
        _ => false,
    }
}

fn position(span: Span) -> (usize, usize) {
    let LineColumn { line, column } = span.start();
    (line, column)
}

#[cfg(test)]
mod tests;
