//! What the `use`s of a module bring in that differs between runs, or reaches out of a transaction.
//!
//! Invariant: a pre-selection by roots. Which of it a query or mutation may not call is the macros' to say, which see bodies
//! but no modules.

use proc_macro2::{TokenStream, TokenTree};

/// Modules of std's that do such things.
const OF_STD: [&str; 7] = ["env", "fs", "io", "net", "process", "thread", "time"];
/// Crates whose functions do. Their types may do other things: a generator of random numbers can have a seed.
const CRATES: [&str; 12] = [
    "async_std",
    "chrono",
    "fastrand",
    "getrandom",
    "jiff",
    "nanoid",
    "rand",
    "rayon",
    "time",
    "tokio",
    "ulid",
    "uuid",
];
/// Crates that do nothing else.
const WHOLE: [&str; 3] = ["hyper", "reqwest", "ureq"];

/// The names that are imported at this level, with their paths.
pub(super) fn suspicious(tokens: &[TokenTree]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    uses(tokens).for_each(|import| tree(import, &[], &mut found));
    found.retain(|(name, path)| is_suspicious(name, path));
    found
}

/// What stands between each `use` at this level and its `;`.
pub(super) fn uses(tokens: &[TokenTree]) -> impl Iterator<Item = &[TokenTree]> {
    let is_end = |token: &TokenTree| matches!(token, TokenTree::Punct(end) if end.as_char() == ';');
    let is_use = |token: &TokenTree| matches!(token, TokenTree::Ident(word) if word == "use");
    let starts = tokens.iter().enumerate().filter(move |(_, token)| is_use(token));
    starts.map(move |(at, _)| tokens[at + 1..].split(is_end).next().unwrap_or_default())
}

/// `a::{b, c as d}`, below `prefix`.
fn tree(import: &[TokenTree], prefix: &[String], found: &mut Vec<(String, String)>) {
    let mut path = prefix.to_vec();
    let mut name = None;
    for (at, token) in import.iter().enumerate() {
        match token {
            TokenTree::Ident(word) if word == "as" => name = import.get(at + 1).map(ToString::to_string),
            TokenTree::Ident(_) if name.is_some() => {}
            TokenTree::Ident(segment) if segment != "self" || path.is_empty() => {
                path.push(segment.to_string());
            }
            TokenTree::Group(group) => return branches(group.stream(), &path, found),
            // What a module has besides what is meant is not known here.
            TokenTree::Punct(star) if star.as_char() == '*' => return,
            _ => {}
        }
    }
    if let Some(name) = name.or_else(|| path.last().cloned()) {
        found.push((name, path.join("::")));
    }
}

fn branches(tokens: TokenStream, prefix: &[String], found: &mut Vec<(String, String)>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let is_comma = |token: &TokenTree| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',');
    tokens.split(is_comma).filter(|branch| !branch.is_empty()).for_each(|branch| tree(branch, prefix, found));
}

fn is_suspicious(name: &str, path: &str) -> bool {
    let (root, rest) = path.split_once("::").unwrap_or((path, ""));
    let is_of_std = root == "std" && OF_STD.contains(&rest.split("::").next().unwrap_or_default());
    // A type that keeps its name is known by its methods.
    let is_renamed = path.rsplit("::").next() != Some(name);
    let is_function = name.starts_with(char::is_lowercase) || is_renamed || name == "Command";
    name != "_" && (WHOLE.contains(&root) || (is_of_std || CRATES.contains(&root)) && is_function)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(source: &str) -> Vec<String> {
        let tokens: Vec<TokenTree> = source.parse::<TokenStream>().unwrap().into_iter().collect();
        suspicious(&tokens).into_iter().map(|(name, path)| format!("{name}={path}")).collect()
    }

    #[test]
    fn functions_modules_and_other_names_are_kept_with_their_paths() {
        for (source, names) in [
            ("use tokio::time::sleep;", "sleep=tokio::time::sleep"),
            (
                "pub(crate) use ::std::{thread::{self, sleep as wait}, fs::read};",
                "thread=std::thread wait=std::thread::sleep read=std::fs::read",
            ),
            (
                "use std::time::{Instant as Clock, Duration}; use rand::{Rng as _, random, rngs::StdRng};",
                "Clock=std::time::Instant random=rand::random",
            ),
            (
                "use reqwest::{Client, get}; use std::process::Command;",
                "Client=reqwest::Client get=reqwest::get Command=std::process::Command",
            ),
            (
                "use std::collections::HashMap; use super::sleep; use crate::rand::random; use tokio::time::*;",
                "",
            ),
            ("mod a { use tokio::time::sleep; } use", ""),
            ("use rand; use tokio as runtime;", "rand=rand runtime=tokio"),
        ] {
            assert_eq!(found(source).join(" "), names, "{source}");
        }
    }
}
