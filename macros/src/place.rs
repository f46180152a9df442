//! Items whose place a macro cannot see: defined a second time in their module, or standing in an `impl`, a trait, an
//! `extern` block, the body of a function, or the call of a macro.
//!
//! Of the first rustc speaks itself. What a macro would put beside it has fixed names, so it would be there twice as well, and
//! each clash one more error, about names that nobody has written; and in a block it would be as many items that cannot
//! stand there. A macro sees one item and cannot know; the code generator sees all of them, and tells through variables of the
//! compiler's process.
//!
//! Invariant: without those variables, nothing is left out. Only the second item of two loses what stands beside it.

use std::path::{Path, PathBuf};

use proc_macro::TokenTree;
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::DeriveInput;

use crate::expand::value::strip_helpers;
use crate::index;
use crate::pipeline::Output;

/// What mainspring-codegen sets, `src/a.rs:3;src/b.rs:9`, relative to the package: what is defined a second time.
const REDEFINED: &str = "MAINSPRING_REDEFINED";
/// As [`REDEFINED`]: functions in blocks and bodies.
const MEMBERS: &str = "MAINSPRING_MEMBERS";

/// As [`REDEFINED`]: functions and tables in calls of macros.
const IN_MACROS: &str = "MAINSPRING_IN_MACROS";

/// As [`REDEFINED`]: `src/a.rs:sleep=tokio::time::sleep`, what the modules around functions import that they may not call.
const IMPORTS: &str = "MAINSPRING_IMPORTS";

/// The names that the module around the item imports, as far as they matter, and the paths that they stand for.
pub(crate) fn imports(item: &proc_macro::TokenStream) -> Vec<(String, String)> {
    let list = std::env::var(IMPORTS).ok().filter(|list| !list.is_empty());
    let Some((list, name)) = list.zip(name(item)) else { return Vec::new() };
    imported(&list, &file(name.span()))
}

fn imported(list: &str, file: &Path) -> Vec<(String, String)> {
    let entry = |entry: &str| {
        let (place, path) = entry.split_once('=')?;
        let (listed, name) = place.rsplit_once(':')?;
        file.ends_with(listed).then(|| (name.to_owned(), path.to_owned()))
    };
    list.split(';').filter_map(entry).collect()
}

/// The item and nothing else, if it is one of those.
pub(crate) fn alone(item: &proc_macro::TokenStream) -> Option<Output> {
    let is_in = |variable| std::env::var(variable).is_ok_and(|list| stands_in(item, &list).unwrap_or(false));
    let refused = |message: fn(&str) -> String| {
        let error = |name: proc_macro::Ident| syn::Error::new(name.span().into(), message(&name.to_string()));
        (without_helpers(item.clone().into()), name(item).map(error).into_iter().collect())
    };
    if is_in(REDEFINED) {
        return Some((without_helpers(item.clone().into()), Vec::new()));
    }
    if is_in(MEMBERS) {
        return Some(refused(is_member));
    }
    is_in(IN_MACROS).then(|| refused(is_in_macro))
}

fn is_member(name: &str) -> String {
    format!(
        "function `{name}` stands in a block: it is called by its path, as a function of a module\n\
         help: move it out of the block, to a module under `functions`"
    )
}

fn is_in_macro(name: &str) -> String {
    format!(
        "`{name}` stands in the call of a macro: the build script, which registers it, does not see what another crate's macro makes\n\
         help: move it out of the call"
    )
}

fn stands_in(item: &proc_macro::TokenStream, list: &str) -> Option<bool> {
    let name = name(item)?.span();
    Some(lists(list, &file(name), name.line()))
}

fn file(span: proc_macro::Span) -> PathBuf {
    span.local_file().unwrap_or_else(|| PathBuf::from(span.file()))
}

/// The name in `fn name`, `struct name` or `enum name`.
fn name(item: &proc_macro::TokenStream) -> Option<proc_macro::Ident> {
    let mut tokens = item.clone().into_iter();
    let keyword = |token: &TokenTree| {
        let TokenTree::Ident(ident) = token else { return false };
        ["fn", "struct", "enum"].contains(&ident.to_string().as_str())
    };
    tokens.find(keyword)?;
    match tokens.next()? {
        TokenTree::Ident(name) => Some(name),
        _ => None,
    }
}

/// Whether `list` has the place. The compiler may know the file by a longer path than the package does.
fn lists(list: &str, file: &Path, line: usize) -> bool {
    list.split(';').any(|place| {
        place.rsplit_once(':').is_some_and(|(listed, at)| file.ends_with(listed) && at == line.to_string())
    })
}

/// The item without the attributes that were for what is left out.
fn without_helpers(item: TokenStream) -> TokenStream {
    let Ok(mut source) = syn::parse2::<DeriveInput>(item.clone()) else { return item };
    source.attrs.retain(|attr| !index::is_index(attr));
    strip_helpers(&mut source);
    source.into_token_stream()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_by_the_end_of_its_path_and_its_line() {
        let list = "src/a.rs:3;src/b.rs:9";
        assert!(lists(list, Path::new("/home/me/app/src/b.rs"), 9));
        assert!(lists(list, Path::new("src/a.rs"), 3));
        for (file, line) in
            [("src/b.rs", 3), ("src/a.rs", 30), ("src/aa.rs", 3), ("a.rs", 3), ("lib/src/c.rs", 9)]
        {
            assert!(!lists(list, Path::new(file), line), "{file}:{line}");
        }
        assert!(!lists("", Path::new(""), 0));
    }

    #[test]
    fn imports_are_those_of_the_file() {
        let list = "src/a.rs:sleep=tokio::time::sleep;src/b.rs:fs=std::fs;src/a.rs:Clock=std::time::Instant";
        let of =
            |file| imported(list, Path::new(file)).into_iter().map(|(name, path)| format!("{name}={path}"));
        let found: Vec<_> = of("/home/me/app/src/a.rs").collect();
        assert_eq!(found, ["sleep=tokio::time::sleep", "Clock=std::time::Instant"]);
        assert_eq!(of("a.rs").chain(of("src/aa.rs")).count(), 0);
    }
}
