//! The grammar of attribute options: `key = value, key(value, …)`.
//!
//! Owns which options each macro accepts; the list in an error message is built from the code that accepts them.
//! Invariant: a bad option is reported and skipped, so that all bad options of an attribute appear at once.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Ident, LitStr, Path, Token};

use crate::errors::Errors;
use crate::policy::{Count, FormerPaths, Handler, Queue, Rate, Retry};

/// An option's value, with the key that the user wrote, for errors about the option as a whole.
pub(crate) struct Spanned<T> {
    pub(crate) key: Ident,
    pub(crate) value: T,
}

/// Declares the options of a family of macros: the struct that holds them and the code that reads them.
macro_rules! options {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $key:literal => $field:ident: $ty:ty),* $(,)? }) => {
        $(#[$doc])*
        pub(crate) struct $name {
            $($(#[$field_doc])* pub(crate) $field: Option<Spanned<$ty>>,)*
        }

        impl $name {
            /// Reads the tokens between the parentheses of `#[name(…)]`.
            pub(crate) fn parse(name: &str, tokens: TokenStream, errors: &mut Errors) -> Self {
                let mut options = Self { $($field: None),* };
                for entry in entries(tokens) {
                    let Some(entry) = Entry::read(name, entry, &[$(($key, <$ty>::SHAPE)),*], errors) else {
                        continue;
                    };
                    match entry.key.to_string().as_str() {
                        $($key => entry.set(&mut options.$field, errors),)*
                        _ => unreachable!("`Entry::read` passes known keys only"),
                    }
                }
                options
            }
        }
    };
}

options! {
    /// What `#[query]` and its internal form accept.
    QueryOptions {
        /// Why the body may do what does not come out the same twice.
        "allow_nondeterminism" => allow_nondeterminism: Reason,
        /// Where generated code finds `mainspring`.
        "crate" => crate_path: CratePath,
    }
}

options! {
    /// What `#[mutation]` and its internal form accept.
    MutationOptions {
        /// Why the body may do what does not come out the same twice.
        "allow_nondeterminism" => allow_nondeterminism: Reason,
        /// How many scheduled runs there are at the same time.
        "concurrency" => concurrency: Count,
        /// Where generated code finds `mainspring`.
        "crate" => crate_path: CratePath,
        /// The function that learns of jobs that have failed for good.
        "on_failure" => on_failure: Handler,
        /// The argument for whose values the limits hold apart.
        "per" => per: Ident,
        /// The queue of scheduled runs.
        "queue" => queue: Queue,
        /// How often scheduled runs start.
        "rate" => rate: Rate,
        /// The paths that the function had before.
        "renamed_from" => renamed_from: FormerPaths,
        /// When scheduled runs are tried again.
        "retry" => retry: Retry,
    }
}

options! {
    /// What `#[action]` and its internal form accept.
    ActionOptions {
        /// How many scheduled runs there are at the same time.
        "concurrency" => concurrency: Count,
        /// Where generated code finds `mainspring`.
        "crate" => crate_path: CratePath,
        /// The function that learns of jobs that have failed for good.
        "on_failure" => on_failure: Handler,
        /// The argument for whose values the limits hold apart.
        "per" => per: Ident,
        /// The queue of scheduled runs.
        "queue" => queue: Queue,
        /// How often scheduled runs start.
        "rate" => rate: Rate,
        /// The paths that the function had before.
        "renamed_from" => renamed_from: FormerPaths,
        /// When scheduled runs are tried again.
        "retry" => retry: Retry,
    }
}

options! {
    /// What `#[crons]` accepts.
    CronsOptions {
        /// Where generated code finds `mainspring`.
        "crate" => crate_path: CratePath,
    }
}

options! {
    /// What `#[value]` accepts.
    ValueOptions {
        /// Where generated code finds `mainspring`.
        "crate" => crate_path: CratePath,
    }
}

options! {
    /// What `#[table]` accepts.
    TableOptions {
        /// The table's name in the database; required.
        "name" => name: LitStr,
        /// Where generated code finds `mainspring`.
        "crate" => crate_path: CratePath,
    }
}

/// The value of `crate = path`: absolute, because it is used in whatever module the item stands in.
pub(crate) struct CratePath(pub(crate) Path);

/// The value of `allow_nondeterminism = "why"`: for the reader, so it says something.
pub(crate) struct Reason;

/// A value that an option can have.
pub(crate) trait OptionValue: Sized {
    /// How a user writes it; a list stands in parentheses.
    const SHAPE: &'static str;

    fn parse(input: ParseStream) -> syn::Result<Self>;

    /// Refuses values that have the right shape and still cannot be meant.
    fn validate(&self) -> syn::Result<()> {
        Ok(())
    }
}

impl OptionValue for LitStr {
    const SHAPE: &'static str = "\"…\"";

    fn parse(input: ParseStream) -> syn::Result<Self> {
        input.parse()
    }
}

impl OptionValue for Ident {
    const SHAPE: &'static str = "argument";

    fn parse(input: ParseStream) -> syn::Result<Self> {
        input.call(Ident::parse_any)
    }
}

impl OptionValue for CratePath {
    const SHAPE: &'static str = "::path";

    fn parse(input: ParseStream) -> syn::Result<Self> {
        input.call(Path::parse_mod_style).map(Self)
    }

    fn validate(&self) -> syn::Result<()> {
        let Self(path) = self;
        let first = path.segments.first().map(|segment| segment.ident.to_string());
        if path.leading_colon.is_some() || matches!(first.as_deref(), Some("crate" | "$crate")) {
            return Ok(());
        }
        let text = path.to_token_stream().to_string().replace(' ', "");
        Err(syn::Error::new_spanned(
            path,
            format!(
                "path `{text}` is relative: it would mean something else in each module\n\
                 help: write `::{text}` for a dependency, or start with `crate::`"
            ),
        ))
    }
}

impl OptionValue for Reason {
    const SHAPE: &'static str = "\"why\"";

    fn parse(input: ParseStream) -> syn::Result<Self> {
        let text: LitStr = input.parse()?;
        if text.value().trim().is_empty() {
            return Err(syn::Error::new(text.span(), "reason is empty"));
        }
        Ok(Self)
    }
}

struct Entry {
    key: Ident,
    value: TokenStream,
}

impl Entry {
    /// Splits one entry into a known key and the tokens of its value.
    fn read(name: &str, tokens: TokenStream, known: &[(&str, &str)], errors: &mut Errors) -> Option<Self> {
        let parser = |input: ParseStream| {
            let key = input.call(Ident::parse_any)?;
            let equals: Option<Token![=]> = input.parse()?;
            Ok((key, equals, input.parse::<TokenStream>()?))
        };
        let accepted = || {
            let list: Vec<_> =
                known.iter().map(|(key, shape)| format!("`{}`", written(key, shape))).collect();
            format!("help: `#[{name}]` accepts {}", enumerated(&list))
        };
        let Ok((key, equals, mut value)) = parser.parse2(tokens.clone()) else {
            errors.on(tokens, format!("option of `#[{name}]` is not `key = value`\n{}", accepted()));
            return None;
        };
        let text = key.to_string();
        if POLICY_OPTIONS.contains(&&*text) && name.ends_with("query") {
            let message = format!(
                "option `{text}` is for functions that can be scheduled: a query is not\nhelp: remove it"
            );
            errors.on(key, message);
            return None;
        }
        if text == "allow_nondeterminism" && known.iter().all(|(known, _)| *known != text) {
            let message = format!(
                "option `{text}` is for queries and mutations: `#[{name}]` has nothing to allow\nhelp: remove it"
            );
            errors.on(key, message);
            return None;
        }
        let Some((_, shape)) = known.iter().find(|(known, _)| *known == text) else {
            errors.on(key, format!("option `{text}` is unknown\n{}", accepted()));
            return None;
        };
        let list = contents(&value).filter(|_| equals.is_none() && shape.starts_with('('));
        let has_form = list.is_some() || equals.is_some() && !shape.starts_with('(');
        value = list.unwrap_or(value);
        if !has_form || value.is_empty() {
            errors.on(key, format!("option `{text}` has no value\nhelp: write `{}`", written(&text, shape)));
            return None;
        }
        Some(Self { key, value })
    }

    fn set<T: OptionValue>(self, slot: &mut Option<Spanned<T>>, errors: &mut Errors) {
        let Self { key, value } = self;
        if slot.is_some() {
            errors.on(&key, format!("option `{key}` is given twice\nhelp: remove one of the two"));
            return;
        }
        let Ok(parsed) = T::parse.parse2(value.clone()) else {
            let help = written(&key.to_string(), T::SHAPE);
            errors.on(value, format!("value of `{key}` has the wrong form\nhelp: write `{help}`"));
            return;
        };
        match parsed.validate() {
            Ok(()) => *slot = Some(Spanned { key, value: parsed }),
            Err(error) => errors.push(error),
        }
    }
}

/// The options that are about scheduled runs.
const POLICY_OPTIONS: [&str; 7] =
    ["concurrency", "on_failure", "per", "queue", "rate", "renamed_from", "retry"];

/// An option as a user writes it.
fn written(key: &str, shape: &str) -> String {
    if shape.starts_with('(') { format!("{key}{shape}") } else { format!("{key} = {shape}") }
}

fn enumerated(names: &[String]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => names.concat(),
    }
}

/// What stands between parentheses that are all there is.
fn contents(tokens: &TokenStream) -> Option<TokenStream> {
    let mut tokens = tokens.clone().into_iter();
    match (tokens.next(), tokens.next()) {
        (Some(TokenTree::Group(group)), None) if group.delimiter() == Delimiter::Parenthesis => {
            Some(group.stream())
        }
        _ => None,
    }
}

/// The tokens between top-level commas; a trailing comma ends the list.
pub(crate) fn entries(tokens: TokenStream) -> Vec<TokenStream> {
    let mut entries = Vec::new();
    let mut entry = TokenStream::new();
    for token in tokens {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ',' => {
                // An empty entry is reported on its comma, the only token it has.
                if entry.is_empty() {
                    punct.to_tokens(&mut entry);
                }
                entries.push(std::mem::take(&mut entry));
            }
            token => entry.extend([token]),
        }
    }
    if !entry.is_empty() {
        entries.push(entry);
    }
    entries
}
