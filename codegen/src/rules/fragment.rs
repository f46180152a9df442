//! How many tokens a fragment of a macro's matcher takes.
//!
//! Invariant: as far as it can be told without a parser. Expressions end where rustc lets nothing else follow them; a closure
//! of several parameters outside of brackets is cut at its comma.

use proc_macro2::{Delimiter, Spacing, TokenTree};

/// The number of tokens at the start of `input` that are a fragment of this kind.
pub(super) fn length(kind: &str, input: &[TokenTree]) -> Option<usize> {
    let taken = match kind {
        "ident" => usize::from(matches!(input.first(), Some(TokenTree::Ident(_)))),
        "lifetime" => usize::from(starts_with(input, '\'')) * 2,
        "block" => usize::from(is_group(input.first(), Delimiter::Brace)),
        "literal" => literal(input),
        "tt" => tree(input),
        // These may be nothing.
        "vis" => return Some(visibility(input)),
        "item" => item(input)?,
        "ty" | "path" => until(input, &["{", "[", ",", "=>", ":", "=", ">", ";", "|", "as", "where"]),
        "pat" | "pat_param" => until(input, &["=>", ",", "=", "if", "in"]),
        "expr" | "expr_2021" | "stmt" => until(input, &["=>", ",", ";"]),
        "meta" => until(input, &[",", ";", "=>"]),
        _ => 0,
    };
    (taken > 0 && taken <= input.len()).then_some(taken)
}

/// Up to the first of `ends` that is not between `<` and `>`; the first token is never one, whatever reference it is behind.
fn until(input: &[TokenTree], ends: &[&str]) -> usize {
    let (mut at, mut depth) = (0, 0_usize);
    let is_before =
        |token: &&TokenTree| ["&", "'", "*", "mut", "const"].contains(&token.to_string().as_str());
    let first = input.iter().take_while(is_before).count();
    // The name of a lifetime is a token of its own.
    let first = first + usize::from(input.iter().take(first).any(|token| token.to_string() == "'"));
    while at < input.len() {
        let text = operator(&input[at..]);
        if at > first && depth == 0 && ends.contains(&text.as_str()) {
            break;
        }
        let is_generic = ends.contains(&"where") || at > 0 && starts_with(&input[at - 1..], ':');
        match text.as_str() {
            "<" if is_generic => depth += 1,
            ">" => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += if is_punct(&input[at]) { text.len() } else { 1 };
    }
    at
}

/// What stands at the start of `input`: an operator of one or more characters, a word, or the opening of a group.
fn operator(input: &[TokenTree]) -> String {
    match &input[0] {
        TokenTree::Group(group) => match group.delimiter() {
            Delimiter::Brace => "{".to_owned(),
            Delimiter::Bracket => "[".to_owned(),
            Delimiter::Parenthesis | Delimiter::None => "(".to_owned(),
        },
        TokenTree::Punct(first) => {
            let next = match input.get(1) {
                Some(TokenTree::Punct(next)) if first.spacing() == Spacing::Joint => Some(next.as_char()),
                _ => None,
            };
            match (first.as_char(), next) {
                ('=', Some('>')) => "=>".to_owned(),
                ('-', Some('>')) => "->".to_owned(),
                (':', Some(':')) => "::".to_owned(),
                ('=' | '!' | '<' | '>', Some('=')) => format!("{}=", first.as_char()),
                (one, _) => one.to_string(),
            }
        }
        TokenTree::Ident(word) => word.to_string(),
        // No end of anything.
        TokenTree::Literal(_) => "0".to_owned(),
    }
}

fn tree(input: &[TokenTree]) -> usize {
    match input.first() {
        None => 0,
        Some(TokenTree::Punct(quote)) if quote.as_char() == '\'' => 2,
        Some(TokenTree::Punct(_)) => operator(input).len(),
        Some(_) => 1,
    }
}

fn literal(input: &[TokenTree]) -> usize {
    let is_literal = |token: Option<&TokenTree>| match token {
        Some(TokenTree::Literal(_)) => true,
        Some(TokenTree::Ident(word)) => word == "true" || word == "false",
        _ => false,
    };
    if is_literal(input.first()) {
        1
    } else if starts_with(input, '-') && matches!(input.get(1), Some(TokenTree::Literal(_))) {
        2
    } else {
        0
    }
}

fn visibility(input: &[TokenTree]) -> usize {
    match input {
        [TokenTree::Ident(word), restriction, ..]
            if word == "pub" && is_group(Some(restriction), Delimiter::Parenthesis) =>
        {
            2
        }
        [TokenTree::Ident(word), ..] if word == "pub" => 1,
        _ => 0,
    }
}

/// Up to its `;` or its braces; those of `const`, `static`, `type` and `use` do not end it.
fn item(input: &[TokenTree]) -> Option<usize> {
    let is_word = |token: &TokenTree, words: &[&str]| matches!(token, TokenTree::Ident(word) if words.iter().any(|known| word == known));
    let keyword = ["fn", "struct", "enum", "union", "mod", "impl", "trait", "extern", "macro_rules"];
    let assigned = ["const", "static", "type", "use"];
    let function = input.iter().position(|token| is_word(token, &keyword));
    let constant = input.iter().position(|token| is_word(token, &assigned));
    let ends_with_braces = match (function, constant) {
        (Some(function), Some(constant)) => function < constant || function == constant + 1,
        (function, _) => function.is_some(),
    };
    let is_end = |token: &TokenTree| {
        matches!(token, TokenTree::Punct(end) if end.as_char() == ';')
            || ends_with_braces && is_group(Some(token), Delimiter::Brace)
    };
    input.iter().position(is_end).map(|end| end + 1)
}

fn is_punct(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(_))
}

fn is_group(token: Option<&TokenTree>, delimiter: Delimiter) -> bool {
    matches!(token, Some(TokenTree::Group(group)) if group.delimiter() == delimiter)
}

fn starts_with(input: &[TokenTree], character: char) -> bool {
    matches!(input.first(), Some(TokenTree::Punct(punct)) if punct.as_char() == character)
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;

    use super::*;

    /// What a fragment leaves.
    fn rest(kind: &str, input: &str) -> Option<String> {
        let tokens: Vec<TokenTree> = input.parse::<TokenStream>().unwrap().into_iter().collect();
        let length = length(kind, &tokens)?;
        let rest: Vec<String> = tokens[length..].iter().map(ToString::to_string).collect();
        Some(rest.join(" "))
    }

    #[test]
    fn fragments_end_where_nothing_of_them_may_follow() {
        for (kind, input, left) in [
            ("ident", "a b", "b"),
            ("ident", "r#type", ""),
            ("lifetime", "'a b", "b"),
            ("literal", "-1 a", "a"),
            ("literal", "true, a", ", a"),
            ("block", "{ a } b", "b"),
            ("tt", "a b", "b"),
            ("tt", "(a, b) c", "c"),
            ("tt", "=> c", "c"),
            ("tt", "'a c", "c"),
            ("vis", "pub(crate) fn", "fn"),
            ("vis", "pub fn", "fn"),
            ("vis", "fn", "fn"),
            ("ty", "Vec<A<B, C>>, d", ", d"),
            ("ty", "a::b::C = d", "= d"),
            ("ty", "&'a [u8] where", "where"),
            ("ty", "fn(A) -> B<C>; d", "; d"),
            ("ty", "[u8; 2] = 1", "= 1"),
            ("path", "a::B<C> { d }", "{ d }"),
            ("expr", "a + b * (c, d), e", ", e"),
            ("expr", "a::<B, C>::d() => e", "= > e"),
            ("expr", "a < b, c", ", c"),
            ("expr", "a == b; c", "; c"),
            ("expr", "a >= b; c", "; c"),
            ("stmt", "let a = b; c", "; c"),
            ("pat", "Some(a) => b", "= > b"),
            ("meta", "cfg(a), b", ", b"),
            ("meta", "doc = \"a\"", ""),
            ("item", "#[a] pub fn b() -> C { d } e", "e"),
            ("item", "const A: B = { c }; d", "d"),
            ("item", "const fn a() {} b", "b"),
            ("item", "use a::{b, c}; d", "d"),
            ("item", "struct A(B); c", "c"),
        ] {
            assert_eq!(rest(kind, input).as_deref(), Some(left), "{kind} of {input}");
        }
        for (kind, input) in [
            ("ident", "1"),
            ("ident", ""),
            ("lifetime", "a"),
            ("block", "(a)"),
            ("literal", "- a"),
            ("literal", "a"),
            ("tt", ""),
            ("expr", ""),
            ("item", "fn a()"),
        ] {
            assert_eq!(rest(kind, input), None, "{kind} of {input}");
        }
    }
}
