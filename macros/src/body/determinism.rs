//! What makes a run of a query or mutation come out differently when it is repeated, or reaches out of its
//! transaction.
//!
//! Owns the list of paths, and for each the way through the context.
//! Invariant: names only. A call behind another function or a method is not seen; what waits is then found by the guard at
//! run time.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;

use super::imports::{Imports, declaration};
use super::{error, is_punct};
use crate::errors::Errors;
use crate::model::{Function, Kind};

/// What a path does that a run may not.
#[derive(Clone, Copy)]
enum Deed {
    Clock,
    Chance,
    Uuid,
    Wait,
    Spawn,
    File,
    Network,
    Variable,
    Process,
}

/// Paths by their last segments. `*` stands for anything, and then what stands before has to be a whole path but for
/// [`ROOTS`], so that a module of the user's own with such a name is not meant.
const PATHS: &[(Deed, &[&str])] = &[
    (
        Deed::Clock,
        &[
            "SystemTime::now",
            "Instant::now",
            "Utc::now",
            "Local::now",
            "Zoned::now",
            "Timestamp::now",
            "OffsetDateTime::now_utc",
            "OffsetDateTime::now_local",
        ],
    ),
    (
        Deed::Chance,
        &[
            "rand::*",
            "fastrand::*",
            "getrandom::*",
            "thread_rng",
            "StdRng::from_entropy",
            "StdRng::from_os_rng",
            "SmallRng::from_entropy",
            "SmallRng::from_os_rng",
        ],
    ),
    (Deed::Uuid, &["Uuid::new_v4", "Uuid::now_v7", "Uuid::now_v1", "Ulid::new", "nanoid::*"]),
    (
        Deed::Wait,
        &[
            "tokio::time::*",
            "time::sleep",
            "time::sleep_until",
            "time::timeout",
            "time::interval",
            "thread::sleep",
            "thread::park",
            "task::yield_now",
            "thread::yield_now",
        ],
    ),
    (
        Deed::Spawn,
        &[
            "tokio::spawn",
            "tokio::task::*",
            "task::spawn_blocking",
            "task::spawn_local",
            "thread::spawn",
            "thread::scope",
            "thread::Builder::*",
            "thread::current",
            "rayon::*",
        ],
    ),
    (Deed::File, &["fs::*", "File::open", "io::stdin"]),
    (
        Deed::Network,
        &[
            "reqwest::*",
            "ureq::*",
            "hyper::*",
            "TcpStream::connect",
            "TcpListener::bind",
            "UdpSocket::bind",
            "UnixStream::connect",
            "UnixListener::bind",
            "tokio::net::*",
        ],
    ),
    (
        Deed::Variable,
        &[
            "env::var",
            "env::var_os",
            "env::vars",
            "env::vars_os",
            "env::args",
            "env::args_os",
            "env::current_dir",
        ],
    ),
    (Deed::Process, &["process::Command::*", "process::id", "process::exit", "process::abort"]),
];

/// What may stand before a path with `*`.
const ROOTS: [&str; 3] = ["std", "tokio", "async_std"];

/// Crates of others that are named where they are used. If one is missing, rustc says so of the same path.
const CRATES: [&str; 14] = [
    "async_std",
    "chrono",
    "fastrand",
    "getrandom",
    "hyper",
    "jiff",
    "nanoid",
    "rand",
    "rayon",
    "reqwest",
    "tokio",
    "ulid",
    "ureq",
    "uuid",
];

/// Reports every such path in the body. What rustc may have to say of a call as well is replaced by its error.
pub(super) fn replace(
    function: &Function,
    body: TokenStream,
    around: Vec<(String, String)>,
    errors: &mut Errors,
) -> TokenStream {
    let search = Search { function, imports: Imports::of(&body, around) };
    search.stream(&body, errors).unwrap_or(body)
}

struct Search<'a> {
    function: &'a Function<'a>,
    imports: Imports,
}

impl Search<'_> {
    /// The stream with its replacements; `None` if there are none.
    fn stream(&self, stream: &TokenStream, errors: &mut Errors) -> Option<TokenStream> {
        let tokens: Vec<_> = stream.clone().into_iter().collect();
        let mut out = TokenStream::new();
        let (mut changed, mut at) = (false, 0);
        while at < tokens.len() {
            let (length, replaced) = self.step(&tokens, at, errors);
            changed |= replaced.is_some();
            out.extend(replaced.unwrap_or_else(|| tokens[at..at + length].iter().cloned().collect()));
            at += length;
        }
        changed.then_some(out)
    }

    /// How many tokens from `at` on belong together, and what stands for them if not they themselves.
    fn step(&self, tokens: &[TokenTree], at: usize, errors: &mut Errors) -> (usize, Option<TokenStream>) {
        match &tokens[at] {
            TokenTree::Group(group) => {
                let replaced = self.stream(&group.stream(), errors).map(|inner| {
                    let mut replaced = Group::new(group.delimiter(), inner);
                    replaced.set_span(group.span());
                    TokenTree::Group(replaced).into()
                });
                (1, replaced)
            }
            // Judged where it is used.
            TokenTree::Ident(keyword) if keyword == "use" => (declaration(&tokens[at..]), None),
            TokenTree::Ident(keyword) if keyword == "static" && is_mut(tokens.get(at + 1)) => {
                self.report_static(&tokens[at..=at + 1], errors);
                (2, None)
            }
            TokenTree::Ident(_) => {
                let (path, length) = path(&tokens[at..]);
                let is_member = at > 0 && is_punct(tokens.get(at - 1), '.');
                let after = &tokens[at + length..];
                // A lone name may be anything; called, it is a function.
                let is_name = path.len() == 1 && !is_parenthesized(after.first());
                if is_member || is_name || is_punct(after.first(), '!') {
                    return (length, None);
                }
                let Some(message) = self.message(&path) else { return (length, None) };
                let culprit = &tokens[at..at + length];
                let length = length + type_arguments(after);
                // Of `::rand::random()` the colons would be left.
                let is_whole = at == 0 || !is_punct(tokens.get(at - 1), ':');
                if is_whole
                    && is_parenthesized(tokens.get(at + length))
                    && let Some(replaced) = self.replaced(&path, culprit, &message)
                {
                    return (length, Some(replaced));
                }
                errors.on(culprit.iter().cloned().collect::<TokenStream>(), message);
                (culprit.len(), None)
            }
            TokenTree::Punct(_) => {
                let is_type = at == 0 || !is_punct(tokens.get(at - 1), ':');
                match qualified(&tokens[at..]).filter(|_| is_type) {
                    Some((path, length)) => {
                        if let Some(message) = self.message(&path) {
                            let culprit = tokens[at..at + length].iter().cloned();
                            errors.on(culprit.collect::<TokenStream>(), message);
                            return (length, None);
                        }
                        (1, None)
                    }
                    None => (1, None),
                }
            }
            TokenTree::Literal(_) => (1, None),
        }
    }

    /// What is to be said of the path, if it is on the list.
    fn message(&self, path: &[String]) -> Option<String> {
        let deed = self.imports.meanings(path).iter().find_map(|path| deed(path))?;
        let (reason, help) = self.answer(deed);
        let (title, path) = (self.function.title(), path.join("::"));
        Some(format!("`{path}` in {title}: {reason}\nhelp: {help}\n{}", self.escape()))
    }

    /// The error in the place of a path of which rustc may have something to say as well. Nothing else is replaced: an import
    /// in the module around would be for nothing then, which is one more thing that rustc says.
    fn replaced(&self, path: &[String], tokens: &[TokenTree], message: &str) -> Option<TokenStream> {
        let [first, .., last] = tokens else { return None };
        let error = error(first.span(), last.span(), message);
        if CRATES.contains(&path[0].as_str()) && !self.imports.has(&path[0]) {
            return Some(error);
        }
        // That of mainspring cannot tell the time.
        let is_timestamp = path == ["Timestamp", "now"] || path == ["mainspring", "Timestamp", "now"];
        is_timestamp.then(|| {
            let timestamp: TokenStream = tokens[..tokens.len() - 3].iter().cloned().collect();
            quote!((#error, ::core::mem::size_of::<#timestamp>).0)
        })
    }

    fn report_static(&self, tokens: &[TokenTree], errors: &mut Errors) {
        let culprit: TokenStream = tokens.iter().map(ToTokens::to_token_stream).collect();
        errors.on(
            culprit,
            format!(
                "`static mut` in {}: what it holds is not part of the transaction, and gone with the process\n\
                 help: keep it in a table\n{}",
                self.function.title(),
                self.escape(),
            ),
        );
    }

    fn escape(&self) -> String {
        format!("note: `#[{}(allow_nondeterminism = \"why\")]` lets it pass", self.function.attribute.name())
    }

    /// Why it may not be, and the way through the context.
    fn answer(&self, deed: Deed) -> (String, String) {
        let (kind, ctx) = (self.function.attribute.kind, self.function.context_name());
        let noun = kind.noun();
        let repeated = format!("a {noun} may run again, and has to come out the same");
        let outside = format!("a {noun} touches nothing but the database");
        let in_action = match kind {
            Kind::Mutation => format!("do it in an action, scheduled with `{ctx}.scheduler.run_after`"),
            _ => "do it in an action, which runs this query for what it needs".to_owned(),
        };
        match deed {
            Deed::Clock => (repeated, format!("write `{ctx}.now()`")),
            Deed::Chance => (repeated, format!("write `{ctx}.random()`")),
            Deed::Uuid => (
                repeated,
                format!(
                    "let `{ctx}.random().fill(&mut bytes)` make its bytes, or use the `Id` of a document"
                ),
            ),
            Deed::Wait => match kind {
                Kind::Mutation => (
                    "a mutation holds a transaction and cannot wait".to_owned(),
                    format!("schedule what comes later with `{ctx}.scheduler.run_after`"),
                ),
                _ => (
                    "a query reads one snapshot and cannot wait".to_owned(),
                    "wait in an action, with `ctx.sleep`".to_owned(),
                ),
            },
            Deed::Spawn => (
                format!("a {noun} is over when its transaction is"),
                match kind {
                    Kind::Mutation => format!("schedule a function with `{ctx}.scheduler.run_after`"),
                    _ => in_action,
                },
            ),
            Deed::Variable => (repeated, format!("write `{ctx}.env(\"NAME\")`")),
            Deed::File | Deed::Network | Deed::Process => (outside, in_action),
        }
    }
}

fn is_parenthesized(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis)
}

fn is_mut(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Ident(ident)) if ident == "mut")
}

/// The path at the start of `tokens`, and how many tokens it has.
fn path(tokens: &[TokenTree]) -> (Vec<String>, usize) {
    let mut segments = Vec::new();
    let mut length = 0;
    while let Some(TokenTree::Ident(segment)) = tokens.get(length) {
        segments.push(segment.unraw().to_string());
        length += 1;
        let continues = is_punct(tokens.get(length), ':')
            && is_punct(tokens.get(length + 1), ':')
            && matches!(tokens.get(length + 2), Some(TokenTree::Ident(_)));
        if !continues {
            break;
        }
        length += 2;
    }
    (segments, length)
}

/// The path `A::B::c` of `<A::B>::c` or `<A::B as D>::c` at the start of `tokens`, and how many tokens it has.
fn qualified(tokens: &[TokenTree]) -> Option<(Vec<String>, usize)> {
    let after_colons =
        |at: usize| (is_punct(tokens.get(at), ':') && is_punct(tokens.get(at + 1), ':')).then_some(at + 2);
    if !is_punct(tokens.first(), '<') {
        return None;
    }
    let start = after_colons(1).unwrap_or(1);
    let (mut full, length) = path(tokens.get(start..)?);
    let mut end = start + length;
    if matches!(tokens.get(end), Some(TokenTree::Ident(keyword)) if keyword == "as") {
        end += tokens[end..].iter().position(|token| is_punct(Some(token), '>'))?;
    }
    if !is_punct(tokens.get(end), '>') {
        return None;
    }
    let name = after_colons(end + 1)?;
    let (rest, length) = path(tokens.get(name..)?);
    full.extend(rest);
    Some((full, name + length))
}

/// How many tokens `::<…>` has at the start of `tokens`.
fn type_arguments(tokens: &[TokenTree]) -> usize {
    let [TokenTree::Punct(one), TokenTree::Punct(two), TokenTree::Punct(open), ..] = tokens else { return 0 };
    if [one, two, open].map(proc_macro2::Punct::as_char) != [':', ':', '<'] {
        return 0;
    }
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        if is_punct(Some(token), '<') {
            depth += 1;
        } else if is_punct(Some(token), '>') {
            depth -= 1;
            if depth == 0 {
                return at + 1;
            }
        }
    }
    0
}

/// What `path` does, if it is on the list.
fn deed(path: &[String]) -> Option<Deed> {
    let listed = |pattern: &&str| {
        let pattern: Vec<_> = pattern.split("::").collect();
        match pattern.split_last() {
            Some((&"*", module)) => (0..path.len()).any(|at| {
                path[..at].iter().all(|root| ROOTS.contains(&root.as_str()))
                    && path.len() > at + module.len()
                    && path[at..].iter().zip(module).all(|(segment, name)| segment == name)
            }),
            _ => path.len() >= pattern.len() && path[path.len() - pattern.len()..] == pattern[..],
        }
    };
    PATHS.iter().find(|(_, patterns)| patterns.iter().any(listed)).map(|(deed, _)| *deed)
}
