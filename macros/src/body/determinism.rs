//! What makes a run of a query or mutation come out differently when it is repeated, or reaches out of its
//! transaction.
//!
//! Owns the list of paths, and for each the way through the context.
//! Invariant: names only. A call behind another function, a method, an import of the module around or a glob is not
//! seen; what waits is then found by the guard at run time.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;

use super::imports::{Imports, declaration};
use super::is_punct;
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

/// Reports every such path in the body.
pub(super) fn check(function: &Function, body: &TokenStream, errors: &mut Errors) {
    let search = Search { function, imports: Imports::of(body) };
    search.stream(body, errors);
}

struct Search<'a> {
    function: &'a Function<'a>,
    imports: Imports,
}

impl Search<'_> {
    fn stream(&self, stream: &TokenStream, errors: &mut Errors) {
        let tokens: Vec<_> = stream.clone().into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            at += match &tokens[at] {
                TokenTree::Group(group) => {
                    self.stream(&group.stream(), errors);
                    1
                }
                // Judged where it is used.
                TokenTree::Ident(keyword) if keyword == "use" => declaration(&tokens[at..]),
                TokenTree::Ident(keyword) if keyword == "static" && is_mut(tokens.get(at + 1)) => {
                    self.report_static(&tokens[at..=at + 1], errors);
                    2
                }
                TokenTree::Ident(_) => {
                    let (path, length) = path(&tokens[at..]);
                    let is_member = at > 0 && is_punct(tokens.get(at - 1), '.');
                    let is_macro = is_punct(tokens.get(at + length), '!');
                    // A lone name may be anything; called, it is a function.
                    let is_name = path.len() == 1 && !is_parenthesized(tokens.get(at + length));
                    if !(is_member || is_macro || is_name)
                        && let Some(deed) = deed(&self.imports.resolve(&path))
                    {
                        self.report(&path, deed, &tokens[at..at + length], errors);
                    }
                    length
                }
                _ => 1,
            };
        }
    }

    fn report(&self, path: &[String], deed: Deed, tokens: &[TokenTree], errors: &mut Errors) {
        let culprit: TokenStream = tokens.iter().cloned().collect();
        let (reason, help) = self.answer(deed);
        let (title, path) = (self.function.title(), path.join("::"));
        errors.on(culprit, format!("`{path}` in {title}: {reason}\nhelp: {help}\n{}", self.escape()));
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
