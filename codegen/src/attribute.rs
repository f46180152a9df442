//! The attributes that decide what an item is: annotations, `#[cfg]`, `#[path]`, `#[table]`,
//! `#[value]`, `#[crons]`.
//!
//! Invariant: a `#[cfg]` kept here is a well-formed predicate in one spelling, so that equal
//! predicates are equal strings. A malformed one is left to rustc and kept nowhere.

use std::collections::HashMap;

use proc_macro2::{Delimiter, Group, Literal, TokenStream, TokenTree};

use crate::model::{Kind, Visibility};

/// What the attributes of one item say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Attributes {
    /// Predicates that must all hold.
    pub(crate) cfgs: Vec<String>,
    /// `#[path]` values in order, each with the predicates of the `cfg_attr`s around it.
    pub(crate) paths: Vec<(Vec<String>, String)>,
    /// Function annotations with the predicates of the `cfg_attr`s around them, up to the first without.
    pub(crate) functions: Vec<Annotation>,
    /// Whether it is `#[crons]`.
    pub(crate) crons: bool,
    /// The name in `#[table(name = "…")]`.
    pub(crate) table: Option<String>,
    /// `#[value]`.
    pub(crate) value: bool,
    /// Whether naming the item raises rustc's `deprecated`.
    pub(crate) deprecated: bool,
}

/// That something is a function, under these predicates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Annotation {
    pub(crate) kind: Kind,
    pub(crate) visibility: Visibility,
    pub(crate) conditions: Vec<String>,
}

/// What `use mainspring::query as ask;` calls `query`: by the new name.
pub(crate) type Aliases = HashMap<String, String>;

impl Attributes {
    /// Takes in `[…]`, the bracket group of one attribute.
    pub(crate) fn add(&mut self, brackets: &Group, aliases: &Aliases) {
        let tokens: Vec<TokenTree> = brackets.stream().into_iter().collect();
        self.add_meta(&tokens, &[], aliases);
    }

    /// One attribute without its brackets; `conditions` are the `cfg_attr`s around it.
    fn add_meta(&mut self, tokens: &[TokenTree], conditions: &[String], aliases: &Aliases) {
        let Some((mut name, qualified, rest)) = split_path(tokens) else { return };
        if !qualified && let Some(original) = aliases.get(&name) {
            name.clone_from(original);
        }
        match name.as_str() {
            "cfg" if !qualified => self.cfgs.extend(parenthesized(rest).and_then(|list| {
                let cfg = predicate(&list)?;
                Some(if conditions.is_empty() { cfg } else { format!("any({}, {cfg})", negate(conditions)) })
            })),
            "cfg_attr" if !qualified => self.add_conditional(rest, conditions, aliases),
            "path" if !qualified => {
                if let Some(path) = assigned_string(rest) {
                    self.paths.push((conditions.to_vec(), path));
                }
            }
            "deprecated" if !qualified => self.deprecated = true,
            "test" => self.cfgs.push("test".to_owned()),
            "table" if self.table.is_none() => {
                self.cfgs.extend_from_slice(conditions);
                self.table = parenthesized(rest).and_then(|options| {
                    split_at_commas(&options).into_iter().find_map(|option| match option {
                        [TokenTree::Ident(key), value @ ..] if key == "name" => assigned_string(value),
                        _ => None,
                    })
                });
            }
            "value" if conditions.is_empty() => self.value = true,
            "crons" => {
                self.cfgs.extend_from_slice(conditions);
                self.crons = true;
            }
            other => {
                let is_settled = self.functions.last().is_some_and(|last| last.conditions.is_empty());
                if let Some((kind, visibility)) = annotation(other)
                    && !is_settled
                {
                    let conditions = conditions.to_vec();
                    self.functions.push(Annotation { kind, visibility, conditions });
                }
            }
        }
    }

    fn add_conditional(&mut self, rest: &[TokenTree], conditions: &[String], aliases: &Aliases) {
        let Some(list) = parenthesized(rest) else { return };
        let parts = split_at_commas(&list);
        let Some((condition, attributes)) = parts.split_first() else { return };
        let Some(condition) = predicate(condition) else { return };
        let mut conditions = conditions.to_vec();
        conditions.push(condition);
        for attribute in attributes {
            self.add_meta(attribute, &conditions, aliases);
        }
    }
}

/// `not(…)` of all `predicates` together.
pub(crate) fn negate(predicates: &[String]) -> String {
    match predicates {
        [one] => format!("not({one})"),
        many => format!("not(all({}))", many.join(", ")),
    }
}

/// Whether a `#[name]` asks for anything to be generated.
pub(crate) fn is_annotation(name: &str) -> bool {
    annotation(name).is_some() || name == "crons" || name == "table"
}

fn annotation(name: &str) -> Option<(Kind, Visibility)> {
    let (visibility, kind) = match name.strip_prefix("internal_") {
        Some(kind) => (Visibility::Internal, kind),
        None => (Visibility::Public, name),
    };
    let kind = match kind {
        "query" => Kind::Query,
        "mutation" => Kind::Mutation,
        "action" => Kind::Action,
        _ => return None,
    };
    Some((kind, visibility))
}

/// The last segment of the path that `tokens` begin with, whether it had others, and what follows.
pub(crate) fn split_path(tokens: &[TokenTree]) -> Option<(String, bool, &[TokenTree])> {
    let mut name = None;
    let mut segments = 0_usize;
    let mut rest = tokens;
    loop {
        rest = match rest {
            [TokenTree::Punct(first), TokenTree::Punct(second), after @ ..]
                if first.as_char() == ':' && second.as_char() == ':' =>
            {
                name = None;
                segments += 1;
                after
            }
            [TokenTree::Ident(ident), after @ ..] if name.is_none() => {
                name = Some(ident.to_string());
                after
            }
            _ => return name.map(|name| (name, segments > 0, rest)),
        };
    }
}

fn parenthesized(tokens: &[TokenTree]) -> Option<Vec<TokenTree>> {
    match tokens {
        [TokenTree::Group(group)] if group.delimiter() == Delimiter::Parenthesis => {
            Some(group.stream().into_iter().collect())
        }
        _ => None,
    }
}

fn split_at_commas(tokens: &[TokenTree]) -> Vec<&[TokenTree]> {
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',');
    let mut parts: Vec<_> = tokens.split(is_comma).collect();
    if parts.last().is_some_and(|last| last.is_empty()) {
        parts.pop();
    }
    parts
}

/// The text of `= "…"`, plain or raw.
fn assigned_string(tokens: &[TokenTree]) -> Option<String> {
    let [TokenTree::Punct(equals), TokenTree::Literal(literal)] = tokens else { return None };
    (equals.as_char() == '=').then(|| text(literal))?
}

/// The text of a literal, plain or raw, without escapes but for `\\\\`.
pub(crate) fn text(literal: &Literal) -> Option<String> {
    let literal = literal.to_string();
    let quoted = match literal.strip_prefix('r') {
        Some(raw) => raw.trim_matches('#'),
        None => &literal,
    };
    let text = quoted.strip_prefix('"')?.strip_suffix('"')?;
    // `\\` is the one escape that a real file name has (Windows); table names have none.
    Some(if literal.starts_with('r') { text.to_owned() } else { text.replace("\\\\", "\\") })
}

/// The predicate in one spelling: `all(unix, feature = "x")`.
fn predicate(tokens: &[TokenTree]) -> Option<String> {
    match tokens {
        [TokenTree::Ident(name)] => Some(name.to_string()),
        [TokenTree::Ident(name), TokenTree::Punct(equals), TokenTree::Literal(value)]
            if equals.as_char() == '=' =>
        {
            Some(format!("{name} = {value}"))
        }
        [TokenTree::Ident(name), TokenTree::Group(group)] if group.delimiter() == Delimiter::Parenthesis => {
            Some(format!("{name}({})", predicates(group.stream())?))
        }
        // `cfg(all(unix),)`: a trailing comma is allowed.
        [before @ .., TokenTree::Punct(comma)] if comma.as_char() == ',' => predicate(before),
        _ => None,
    }
}

fn predicates(list: TokenStream) -> Option<String> {
    let tokens: Vec<TokenTree> = list.into_iter().collect();
    let parts: Option<Vec<String>> = split_at_commas(&tokens).into_iter().map(predicate).collect();
    Some(parts?.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str) -> Attributes {
        let mut attributes = Attributes::default();
        for token in source.parse::<TokenStream>().unwrap() {
            if let TokenTree::Group(group) = token {
                attributes.add(&group, &Aliases::new());
            }
        }
        attributes
    }

    #[test]
    fn predicates_have_one_spelling() {
        let expected = vec![r#"all(unix, not(feature = "x"))"#.to_owned()];
        assert_eq!(read(r#"#[cfg(all(unix,not(feature="x")))]"#).cfgs, expected);
        assert_eq!(read(r#"#[cfg( all( unix , not( feature = "x" ), ), )]"#).cfgs, expected);
    }

    #[test]
    fn malformed_predicates_are_left_to_rustc() {
        for source in ["#[cfg]", "#[cfg()]", "#[cfg(a b)]", "#[cfg(all(a b))]", "#[cfg = 1]", "#[cfg_attr()]"]
        {
            assert_eq!(read(source), Attributes::default(), "{source}");
        }
    }

    #[test]
    fn the_last_segment_names_an_annotation() {
        let annotated = |kind, visibility| [Annotation { kind, visibility, conditions: Vec::new() }];
        for source in
            ["#[query]", "#[mainspring::query]", "#[::a::b::query(crate = a)]", "#[doc = \"x\"] #[query]"]
        {
            assert_eq!(read(source).functions, annotated(Kind::Query, Visibility::Public), "{source}");
        }
        assert_eq!(read("#[internal_action]").functions, annotated(Kind::Action, Visibility::Internal));
        assert_eq!(read("#[query::other] #[querying]").functions, []);
        assert_eq!(read("#[query] #[mutation]").functions, annotated(Kind::Query, Visibility::Public));
    }

    #[test]
    fn tables_have_a_name() {
        assert_eq!(read("#[table(name = \"jobs\")]").table.as_deref(), Some("jobs"));
        assert_eq!(read("#[m::table(crate = a::b, name = r#\"jobs\"#,)]").table.as_deref(), Some("jobs"));
        for source in ["#[table]", "#[table(\"jobs\")]", "#[table(name)]", "#[table(name = jobs)]"] {
            assert_eq!(read(source).table, None, "{source}");
        }
    }

    #[test]
    fn crons_are_told_from_functions() {
        assert!(read("#[crons]").crons && read("#[m::crons(crate = a::b)]").crons);
        assert_eq!(read("#[crons]").functions, []);
        assert!(!read("#[cron]").crons);
    }

    #[test]
    fn conditional_attributes_keep_their_conditions() {
        let attributes = read(r#"#[cfg_attr(unix, path = "u.rs", cfg(x), cfg_attr(y, path = "y.rs"))]"#);
        assert_eq!(attributes.cfgs, ["any(not(unix), x)"]);
        assert_eq!(
            attributes.paths,
            [
                (vec!["unix".to_owned()], "u.rs".to_owned()),
                (vec!["unix".to_owned(), "y".to_owned()], "y.rs".to_owned()),
            ]
        );
    }
}
