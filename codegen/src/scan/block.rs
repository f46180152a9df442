//! Annotated functions where none can be: in `impl`s, bodies, initialisers.
//!
//! Invariant: of what a block holds, only these matter; everything else in it belongs to no module of the crate.

use proc_macro2::{Delimiter, Group, TokenTree};

use super::{Content, Item, MAX_DEPTH, Scan, scan_tokens};

/// The block that `impl`, `trait` or `extern` begins.
pub(super) fn of_keyword(tokens: &[TokenTree]) -> Option<(&Group, &[TokenTree])> {
    let begins = |token: &TokenTree| {
        let TokenTree::Ident(ident) = token else { return false };
        ["impl", "trait", "extern"].iter().any(|keyword| ident == keyword)
    };
    if !begins(tokens.first()?) {
        return None;
    }
    for (at, token) in tokens.iter().enumerate().skip(1) {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => {
                return Some((group, &tokens[at + 1..]));
            }
            // `extern "C" fn`, `extern crate name;`
            TokenTree::Ident(ident) if ident == "fn" || ident == "crate" => return None,
            TokenTree::Punct(punct) if punct.as_char() == ';' => return None,
            _ => {}
        }
    }
    None
}

/// The functions in `block`, which are `content`, and those that stand in a block within it. `cfgs` are the conditions of the
/// item around them.
pub(super) fn functions(block: &Group, depth: usize, content: &Content, cfgs: &[String]) -> Vec<Item> {
    // Modules end at half of this depth, and one in a block is no module of the crate.
    if depth >= 2 * MAX_DEPTH {
        return Vec::new();
    }
    let mut found = Vec::new();
    flatten(scan_tokens(block.stream(), depth.max(MAX_DEPTH) + 1), content, cfgs, &mut found);
    found
}

fn flatten(scan: Scan, content: &Content, cfgs: &[String], found: &mut Vec<Item>) {
    for mut item in scan.items {
        item.attributes.cfgs.extend_from_slice(cfgs);
        match item.content {
            Content::Function(_) => found.push(Item { content: content.clone(), ..item }),
            Content::Member | Content::Local => found.push(item),
            Content::Inline(inner) => flatten(inner, content, &item.attributes.cfgs, found),
            _ => {}
        }
    }
}
