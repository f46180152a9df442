//! What the `use` declarations inside a body bring in, and those around it.
//!
//! Invariant: a macro sees its own item only, so of the module around it no more is known than the build script has told.

use std::collections::HashMap;

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::{ItemUse, UseTree};

use super::is_punct;

/// Imported names with the paths that they stand for, and the modules of which everything is imported.
#[derive(Default)]
pub(super) struct Imports {
    names: HashMap<String, Vec<String>>,
    globs: Vec<Vec<String>>,
}

impl Imports {
    /// The imports in `body`, at any depth, and before them those `around` it.
    pub(super) fn of(body: &TokenStream, around: Vec<(String, String)>) -> Self {
        let segments = |path: String| path.split("::").map(str::to_owned).collect();
        let names = around.into_iter().map(|(name, path)| (name, segments(path))).collect();
        let mut imports = Self { names, globs: Vec::new() };
        imports.read(body);
        imports
    }

    /// What `path` may mean: itself, by its first segment's import, or from a module of which everything is imported.
    pub(super) fn meanings(&self, path: &[String]) -> Vec<Vec<String>> {
        let from_glob = |module: &Vec<String>| module.iter().chain(path).cloned().collect();
        [self.resolve(path)].into_iter().chain(self.globs.iter().map(from_glob)).collect()
    }

    /// Whether the name is imported.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains_key(name)
    }

    fn resolve(&self, path: &[String]) -> Vec<String> {
        match path.split_first() {
            Some((first, rest)) => {
                let own = || vec![first.clone()];
                let mut full = self.names.get(first).cloned().unwrap_or_else(own);
                full.extend(rest.iter().cloned());
                full
            }
            None => Vec::new(),
        }
    }

    fn read(&mut self, stream: &TokenStream) {
        let tokens: Vec<_> = stream.clone().into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => self.read(&group.stream()),
                TokenTree::Ident(keyword) if keyword == "use" => {
                    let end = declaration(&tokens[at..]);
                    let declaration = tokens[at..at + end].iter().cloned().collect();
                    if let Ok(import) = syn::parse2::<ItemUse>(declaration) {
                        self.add(&import.tree, &mut Vec::new());
                    }
                }
                _ => {}
            }
        }
    }

    fn add(&mut self, tree: &UseTree, path: &mut Vec<String>) {
        let joined = |last: &syn::Ident, path: &[String]| {
            let mut full = path.to_vec();
            // `use std::fs::{self}` brings in `fs`.
            if last != "self" {
                full.push(last.unraw().to_string());
            }
            full
        };
        match tree {
            UseTree::Path(tree) => {
                path.push(tree.ident.unraw().to_string());
                self.add(&tree.tree, path);
                path.pop();
            }
            UseTree::Name(tree) => {
                let full = joined(&tree.ident, path);
                if let Some(name) = full.last().cloned() {
                    self.names.insert(name, full);
                }
            }
            UseTree::Rename(tree) => {
                let full = joined(&tree.ident, path);
                self.names.insert(tree.rename.unraw().to_string(), full);
            }
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.add(tree, path);
                }
            }
            // What the own crate has is not meant, whatever it is called.
            UseTree::Glob(_)
                if !path.iter().any(|root| ["crate", "self", "super"].contains(&root.as_str())) =>
            {
                self.globs.push(path.clone());
            }
            UseTree::Glob(_) => {}
        }
    }
}

/// How many tokens the `use` declaration at the start of `tokens` has, with its semicolon.
pub(super) fn declaration(tokens: &[TokenTree]) -> usize {
    tokens.iter().position(|token| is_punct(Some(token), ';')).map_or(tokens.len(), |end| end + 1)
}
