//! The accumulator of mistakes.
//!
//! Owns every error found while one item is read and checked.
//! Invariant: no error is lost. An accumulator that is dropped without [`Errors::finish`] panics in debug builds.

use std::fmt::Display;

use quote::ToTokens;

/// All mistakes found so far, in the order in which they were found.
pub(crate) struct Errors {
    list: Vec<syn::Error>,
    finished: bool,
}

impl Errors {
    pub(crate) fn new() -> Self {
        Self { list: Vec::new(), finished: false }
    }

    /// Reports a mistake on the tokens that caused it.
    pub(crate) fn on(&mut self, culprit: impl ToTokens, message: impl Display) {
        self.list.push(syn::Error::new_spanned(culprit, message));
    }

    /// Reports a mistake that the parser found.
    pub(crate) fn push(&mut self, error: syn::Error) {
        self.list.push(error);
    }

    /// Whether nothing was found so far.
    pub(crate) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Runs one section of checks; `true` if it found nothing.
    pub(crate) fn section(&mut self, checks: impl FnOnce(&mut Self)) -> bool {
        let before = self.list.len();
        checks(self);
        self.list.len() == before
    }

    /// Takes the list out, one entry for each mistake.
    pub(crate) fn finish(mut self) -> Vec<syn::Error> {
        self.finished = true;
        // The parser may hand over several mistakes as one error.
        std::mem::take(&mut self.list).into_iter().flatten().collect()
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        // While a panic unwinds, a second one would abort and hide the first.
        debug_assert!(self.finished || std::thread::panicking(), "errors were dropped unread");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "dropped unread")]
    fn dropping_unread_panics() {
        drop(Errors::new());
    }

    #[test]
    fn every_error_is_kept_in_order() {
        let mut errors = Errors::new();
        errors.on(quote::quote!(a), "first");
        let clean = errors.section(|_| ());
        let broken = errors.section(|errors| errors.on(quote::quote!(b), "second"));
        assert_eq!((clean, broken), (true, false));
        let messages: Vec<_> = errors.finish().iter().map(ToString::to_string).collect();
        assert_eq!(messages, ["first", "second"]);
    }

    #[test]
    fn combined_errors_are_taken_apart() {
        let span = proc_macro2::Span::call_site();
        let mut both = syn::Error::new(span, "first");
        both.combine(syn::Error::new(span, "second"));
        let mut errors = Errors::new();
        errors.push(both);
        assert_eq!(errors.finish().len(), 2);
    }
}
