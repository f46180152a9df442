//! Members that a context lacks on purpose: `ctx.db` in an action, `ctx.scheduler` in a query, …
//!
//! Rustc would say "no field `db`" and no more. So the member is replaced by an error that has the reason and the
//! way out; whatever is called on it is then no error of its own.
//!
//! Invariant: a name that may mean something else than the context is left to rustc.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use syn::ext::IdentExt;

use super::{error, is_punct};
use crate::model::{ContextType, Function, Kind};

/// Puts an error in the place of each member that `context` lacks on purpose.
pub(super) fn replace(function: &Function, context: ContextType, body: TokenStream) -> TokenStream {
    let Some(name) = function.context.as_ref().and_then(|context| context.name) else { return body };
    let walk = Walk { function, context };
    let names = Names(vec![name.unraw().to_string()]);
    walk.stream(&body, names).unwrap_or(body)
}

/// The names that mean the context at one place of the body.
#[derive(Clone)]
struct Names(Vec<String>);

impl Names {
    fn has(&self, token: &TokenTree) -> bool {
        matches!(token, TokenTree::Ident(ident) if self.0.contains(&ident.unraw().to_string()))
    }

    /// Whether `tokens` are the context and nothing but `&`, `*` and parentheses around it.
    fn are(&self, tokens: &[TokenTree]) -> bool {
        match tokens {
            [TokenTree::Punct(punct), rest @ ..] if matches!(punct.as_char(), '&' | '*') => self.are(rest),
            [TokenTree::Group(group)]
                if matches!(group.delimiter(), Delimiter::Parenthesis | Delimiter::None) =>
            {
                self.are(&group.stream().into_iter().collect::<Vec<_>>())
            }
            [token] => self.has(token),
            _ => false,
        }
    }

    /// Whether any of them is in `tokens`, at any depth.
    fn are_within(&self, tokens: &[TokenTree]) -> bool {
        tokens.iter().any(|token| match token {
            TokenTree::Group(group) => self.are_within(&group.stream().into_iter().collect::<Vec<_>>()),
            token => self.has(token),
        })
    }
}

struct Walk<'a> {
    function: &'a Function<'a>,
    context: ContextType,
}

impl Walk<'_> {
    /// The stream with its mistakes replaced; `None` if it has none.
    fn stream(&self, stream: &TokenStream, mut names: Names) -> Option<TokenStream> {
        let tokens: Vec<_> = stream.clone().into_iter().collect();
        let mut out = TokenStream::new();
        let mut changed = false;
        let mut at = 0;
        while at < tokens.len() {
            if let Some(length) = nested_item(&tokens[at..], &names) {
                out.extend(tokens[at..at + length].iter().cloned());
                at += length;
                continue;
            }
            rebind(&tokens[at..], &mut names);
            let qualified =
                at > 0 && (is_punct(tokens.get(at - 1), '.') || is_punct(tokens.get(at - 1), ':'));
            if !qualified && let Some((error, length)) = self.member(&tokens[at..], &names) {
                out.extend(error);
                (changed, at) = (true, at + length);
                continue;
            }
            let inner = match &tokens[at] {
                TokenTree::Group(group) => self.stream(&group.stream(), names.clone()).map(|inner| {
                    let mut replaced = Group::new(group.delimiter(), inner);
                    replaced.set_span(group.span());
                    TokenTree::Group(replaced)
                }),
                _ => None,
            };
            changed |= inner.is_some();
            out.extend([inner.unwrap_or_else(|| tokens[at].clone())]);
            at += 1;
        }
        changed.then_some(out)
    }

    /// The error for `ctx.member` at the start of `tokens`, and how many tokens it stands for.
    fn member(&self, tokens: &[TokenTree], names: &Names) -> Option<(TokenStream, usize)> {
        let [receiver, TokenTree::Punct(dot), TokenTree::Ident(member), rest @ ..] = tokens else {
            return None;
        };
        if dot.as_char() != '.' || !names.are(std::slice::from_ref(receiver)) {
            return None;
        }
        let (mut what, mut end) = (member.to_string(), member.span());
        if let [TokenTree::Punct(dot), TokenTree::Ident(method), TokenTree::Group(_), ..] = rest
            && dot.as_char() == '.'
            && self.has_in_part(&what)
        {
            (what, end) = (format!("{what}.{method}"), method.span());
        }
        let (reason, help) = self.lacks(&what)?;
        let message = format!(
            "`{ctx}.{what}` does not exist in {title}: {reason}\nhelp: {help}",
            ctx = names.0[0],
            title = self.function.title(),
        );
        Some((error(receiver.span(), end, &message), 3))
    }

    /// Whether the context has `member`, but not all that it has elsewhere.
    fn has_in_part(&self, member: &str) -> bool {
        match self.context {
            ContextType::Query => ["db", "crons", "storage"].contains(&member),
            ContextType::Mutation => member == "storage",
            ContextType::Action | ContextType::BlockingAction => false,
        }
    }

    /// Why the context lacks `member`, and what to do instead.
    fn lacks(&self, member: &str) -> Option<(&'static str, String)> {
        let ctx = self.function.context_name();
        let name = &self.function.name;
        Some(match (self.function.attribute.kind, member) {
            (Kind::Action, "db") => (
                "an action stands outside of transactions",
                format!(
                    "read with `{ctx}.run_query(internal::…)`, write with `{ctx}.run_mutation(internal::…)`"
                ),
            ),
            (
                Kind::Query,
                "db.insert" | "db.patch" | "db.replace" | "db.delete" | "db.commute" | "scheduler"
                | "run_mutation" | "crons.register" | "crons.delete" | "storage.upload_url"
                | "storage.delete",
            ) => ("a query only reads", format!("make `{name}` a mutation, with `{ctx}: &MutationCtx`")),
            (Kind::Action, "crons") => (
                "crons are part of the database",
                format!("register them in a mutation, run with `{ctx}.run_mutation(internal::…)`"),
            ),
            (Kind::Query, "run_action") => {
                ("a query only reads", "let an action run this query and the other action".to_owned())
            }
            (Kind::Mutation, "run_action") => (
                "a transaction cannot wait for an action",
                format!("schedule it: `{ctx}.scheduler.run_after(Duration::ZERO, internal::…)`"),
            ),
            (Kind::Query, "http" | "sleep" | "storage.store" | "storage.get") => (
                "a query reads one snapshot and cannot wait",
                format!("do it in an action, and hand what comes of it to `{name}` as an argument"),
            ),
            (Kind::Mutation, "http" | "sleep" | "storage.store" | "storage.get") => (
                "a transaction cannot wait",
                format!("do it in an action, scheduled with `{ctx}.scheduler.run_after`"),
            ),
            _ => return None,
        })
    }
}

/// How long the item at the start of `tokens` is, if its parameters hide the context.
fn nested_item(tokens: &[TokenTree], names: &Names) -> Option<usize> {
    let [TokenTree::Ident(keyword), ..] = tokens else { return None };
    if keyword != "fn" {
        return None;
    }
    let is_group = |delimiter| move |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == delimiter);
    let parameters = tokens.iter().position(is_group(Delimiter::Parenthesis))?;
    let body = tokens.iter().position(is_group(Delimiter::Brace))?;
    (parameters < body && names.are_within(&tokens[parameters..=parameters])).then_some(body + 1)
}

/// Follows what the binding at the start of `tokens` does to the names: another name for the context, or another
/// meaning of its name.
fn rebind(tokens: &[TokenTree], names: &mut Names) {
    let end_of_pattern = |tokens: &[TokenTree]| {
        tokens.iter().position(|token| {
            is_punct(Some(token), '=') || matches!(token, TokenTree::Ident(keyword) if keyword == "in")
        })
    };
    match tokens {
        [TokenTree::Ident(keyword), rest @ ..] if keyword == "let" || keyword == "for" => {
            let Some(equals) = end_of_pattern(rest) else { return };
            let value = &rest[equals + 1..];
            let value = &value[..value.iter().position(|token| is_punct(Some(token), ';')).unwrap_or(0)];
            match &rest[..equals] {
                [TokenTree::Ident(alias)] if names.are(value) => names.0.push(alias.unraw().to_string()),
                // A type after the name changes nothing; the value decides.
                [TokenTree::Ident(alias), TokenTree::Punct(colon), ..]
                    if colon.as_char() == ':' && names.are(value) =>
                {
                    names.0.push(alias.unraw().to_string());
                }
                pattern => forget(pattern, names),
            }
        }
        // A closure's parameters; what is between two bars of another meaning hides nothing that matters.
        [TokenTree::Punct(bar), rest @ ..] if bar.as_char() == '|' => {
            if let Some(end) = rest.iter().position(|token| is_punct(Some(token), '|')) {
                forget(&rest[..end], names);
            }
        }
        _ => {}
    }
}

fn forget(pattern: &[TokenTree], names: &mut Names) {
    names.0.retain(|name| !Names(vec![name.clone()]).are_within(pattern));
}
