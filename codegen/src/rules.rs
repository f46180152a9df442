//! What a call of one of the crate's own `macro_rules!` expands to, as far as tokens tell.
//!
//! Invariant: never fails and always ends. Where a fragment ends is told by the tokens that rustc lets stand behind it;
//! a call that is not understood is `None`.

mod fragment;

use std::collections::HashMap;

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};

/// What a call has bound to the names of a matcher.
type Bindings = HashMap<String, Bound>;

#[derive(Clone)]
enum Bound {
    Tokens(Vec<TokenTree>),
    /// By a repetition, once for each time.
    Each(Vec<Bound>),
}

/// One element of a matcher or of what it becomes.
enum Element<'a> {
    Token(&'a TokenTree),
    Group(&'a Group),
    /// `$name:kind`, or `$name` where the kind is empty.
    Variable(&'a Ident, Option<&'a Ident>),
    /// `$(…) separator *`
    Repetition(&'a Group, Option<&'a TokenTree>, char),
}

/// The expansion of `call` by the first of the `rules` that it matches.
pub(crate) fn expand(rules: TokenStream, call: TokenStream) -> Option<TokenStream> {
    let (rules, call) = (trees(rules), trees(call));
    let mut rules = rules.split(|token| is(token, ';'));
    rules.find_map(|rule| {
        let [TokenTree::Group(matcher), _, _, TokenTree::Group(body)] = rule else { return None };
        let mut bindings = Bindings::new();
        let rest = matched(&trees(matcher.stream()), &call, &mut bindings)?;
        rest.is_empty().then(|| transcribed(&trees(body.stream()), &bindings).into_iter().collect())
    })
}

/// The element that `tokens` begin with, and what follows.
fn element(tokens: &[TokenTree]) -> Option<(Element<'_>, &[TokenTree])> {
    Some(match tokens {
        [dollar, TokenTree::Ident(name), colon, TokenTree::Ident(kind), after @ ..]
            if is(dollar, '$') && is(colon, ':') =>
        {
            (Element::Variable(name, Some(kind)), after)
        }
        [dollar, TokenTree::Ident(name), after @ ..] if is(dollar, '$') => {
            (Element::Variable(name, None), after)
        }
        [dollar, TokenTree::Group(group), after @ ..] if is(dollar, '$') => match after {
            [operator, after @ ..] if let Some(operator) = repeats(operator) => {
                (Element::Repetition(group, None, operator), after)
            }
            [separator, operator, after @ ..] => {
                (Element::Repetition(group, Some(separator), repeats(operator)?), after)
            }
            _ => return None,
        },
        [TokenTree::Group(group), after @ ..] => (Element::Group(group), after),
        [token, after @ ..] => (Element::Token(token), after),
        [] => return None,
    })
}

/// What `matcher` leaves of `input`, if it matches the beginning.
fn matched<'a>(
    matcher: &[TokenTree],
    mut input: &'a [TokenTree],
    bindings: &mut Bindings,
) -> Option<&'a [TokenTree]> {
    let mut rest = matcher;
    while !rest.is_empty() {
        let (element, after) = element(rest)?;
        input = match element {
            Element::Token(token) => {
                let (first, after) = input.split_first()?;
                (first.to_string() == token.to_string()).then_some(after)?
            }
            Element::Group(group) => {
                let (TokenTree::Group(first), after) = input.split_first()? else { return None };
                let inner = trees(first.stream());
                let is_whole = matched(&trees(group.stream()), &inner, bindings)?.is_empty();
                (is_whole && first.delimiter() == group.delimiter()).then_some(after)?
            }
            Element::Variable(name, kind) => {
                let length = fragment::length(&kind?.to_string(), input)?;
                bindings.insert(name.to_string(), Bound::Tokens(input[..length].to_vec()));
                &input[length..]
            }
            Element::Repetition(group, separator, operator) => {
                repeated(&trees(group.stream()), separator, operator, input, bindings)?
            }
        };
        rest = after;
    }
    Some(input)
}

fn repeated<'a>(
    matcher: &[TokenTree],
    separator: Option<&TokenTree>,
    operator: char,
    mut input: &'a [TokenTree],
    bindings: &mut Bindings,
) -> Option<&'a [TokenTree]> {
    let mut each: HashMap<String, Vec<Bound>> = HashMap::new();
    names(matcher, &mut |name| drop(each.insert(name, Vec::new())));
    let mut times = 0;
    while times == 0 || operator != '?' {
        let start = match separator {
            Some(separator) if times > 0 => match input.split_first() {
                Some((first, after)) if first.to_string() == separator.to_string() => after,
                _ => break,
            },
            _ => input,
        };
        let mut bound = Bindings::new();
        match matched(matcher, start, &mut bound) {
            // What takes nothing would take it for ever.
            Some(after) if after.len() < start.len() => input = after,
            _ => break,
        }
        for (name, bound) in bound {
            each.entry(name).or_default().push(bound);
        }
        times += 1;
    }
    bindings.extend(each.into_iter().map(|(name, bound)| (name, Bound::Each(bound))));
    (operator != '+' || times > 0).then_some(input)
}

/// The variables that a matcher binds, or that a body uses.
fn names(tokens: &[TokenTree], found: &mut impl FnMut(String)) {
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => names_in(group, found),
            TokenTree::Ident(name) if at > 0 && is(&tokens[at - 1], '$') => found(name.to_string()),
            _ => {}
        }
    }
}

fn names_in(group: &Group, found: &mut dyn FnMut(String)) {
    names(&trees(group.stream()), &mut |name| found(name));
}

fn transcribed(body: &[TokenTree], bindings: &Bindings) -> Vec<TokenTree> {
    let mut written = Vec::new();
    let mut rest = body;
    while let Some((element, after)) = element(rest) {
        match element {
            Element::Token(token) => written.push(token.clone()),
            Element::Group(group) => {
                let inner = transcribed(&trees(group.stream()), bindings);
                let mut copy = Group::new(group.delimiter(), inner.into_iter().collect());
                copy.set_span(group.span());
                written.push(TokenTree::Group(copy));
            }
            // With a kind, it is the matcher of a macro that this one defines.
            Element::Variable(name, None)
                if let Some(Bound::Tokens(bound)) = bindings.get(&name.to_string()) =>
            {
                written.extend(bound.iter().cloned());
            }
            Element::Variable(..) => written.extend_from_slice(&rest[..rest.len() - after.len()]),
            Element::Repetition(group, separator, _) => {
                let inner = trees(group.stream());
                let mut used = Vec::new();
                names(&inner, &mut |name| used.push(name));
                let times = used.iter().filter_map(|name| match bindings.get(name) {
                    Some(Bound::Each(each)) => Some(each.len()),
                    _ => None,
                });
                for time in 0..times.max().unwrap_or(0) {
                    let mut bindings = bindings.clone();
                    for name in &used {
                        if let Some(Bound::Each(each)) = bindings.get(name)
                            && let Some(bound) = each.get(time).cloned()
                        {
                            bindings.insert(name.clone(), bound);
                        }
                    }
                    written.extend(separator.filter(|_| time > 0).cloned());
                    written.extend(transcribed(&inner, &bindings));
                }
            }
        }
        rest = after;
    }
    written
}

fn repeats(token: &TokenTree) -> Option<char> {
    ['*', '+', '?'].into_iter().find(|operator| is(token, *operator))
}

fn is(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

/// Without the invisible brackets that a fragment may have.
fn trees(tokens: TokenStream) -> Vec<TokenTree> {
    let mut trees = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                trees.extend(self::trees(group.stream()));
            }
            token => trees.push(token),
        }
    }
    trees
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(rules: &str, call: &str) -> Option<Vec<String>> {
        Some(words(&expand(rules.parse().unwrap(), call.parse().unwrap())?))
    }

    fn same(tokens: &str) -> Vec<String> {
        words(&tokens.parse().unwrap())
    }

    /// Without what only spaces tell.
    fn words(tokens: &TokenStream) -> Vec<String> {
        tokens.to_string().split_whitespace().flat_map(|word| word.chars().map(String::from)).collect()
    }

    #[test]
    fn names_take_the_place_of_variables() {
        let rules = "($name:ident) => { fn $name() { $crate::x($other) } }";
        assert_eq!(expanded(rules, "r#type"), Some(same("fn r#type() { $crate::x($other) }")));
        assert_eq!(expanded(rules, "a b"), None);
        assert_eq!(expanded(rules, ""), None);
    }

    #[test]
    fn the_first_rule_that_matches_counts() {
        let rules = "(a) => { one }; (a b) => { two }; ($($x:tt)*) => { three };";
        for (call, expected) in [("a", "one"), ("a b", "two"), ("a c", "three"), ("", "three")] {
            assert_eq!(expanded(rules, call), Some(same(expected)), "{call}");
        }
    }

    #[test]
    fn repetitions_are_written_as_often_as_they_are_found() {
        let rules = "($m:ident: $($n:ident = [$($t:ty),*]);+ $(;)?) => { $($m $n $(<$t>)|*)&* }";
        assert_eq!(expanded(rules, "a: b = [u8, A<B, C>]; c = []"), Some(same("a b <u8> | <A<B, C>> & a c")));
        assert_eq!(expanded(rules, "a: b = [];"), Some(same("a b")));
        assert_eq!(expanded(rules, "a:"), None);
    }

    #[test]
    fn what_takes_nothing_ends() {
        assert_eq!(expanded("($($(a)?)* b) => { c }", "b"), Some(same("c")));
        assert_eq!(expanded("($($v:vis)*) => { c }", ""), Some(same("c")));
    }

    #[test]
    fn macros_that_are_no_rules_expand_to_nothing() {
        for rules in ["", "a", "() =>", "($a) => {}", "($(a)) => {}", "($a:unknown) => {}", "($) => {}"] {
            assert_eq!(expanded(rules, "a"), None, "{rules}");
        }
    }
}
