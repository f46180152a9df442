//! What a `#[crons]` function expands to: itself, and the function that the registry names.
//!
//! Invariant: infallible. Warnings stand inside of the user's function, where its own `#[allow(deprecated)]` reaches them.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;

use super::times::Warning;
use crate::paths::Paths;
use crate::signature::Signature;

pub(super) fn crons(
    source: &mut Signature,
    is_whole: bool,
    warnings: &[Warning],
    paths: &Paths,
) -> TokenStream {
    let warnings: TokenStream = warnings.iter().map(warning).collect();
    source.body = with_first(source.body.clone(), &warnings);
    let item = source.to_token_stream();
    if source.sig.receiver().is_some() {
        // Inside an `impl` block no other item can stand beside the method.
        return item;
    }
    let cfgs = source.attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
    let (name, span) = (&source.sig.ident, source.sig.ident.span());
    let declare = format_ident!("__{}_crons", name.unraw(), span = span);
    let (crons, text) = (paths.crons(), name.unraw().to_string());
    // A name that cannot hide the user's function of the same name.
    let into = Ident::new("into", Span::mixed_site());
    let body = if is_whole {
        let place = quote!(::core::concat!(::core::module_path!(), "::", #text));
        quote_spanned!(span=> #crons::define(#into, #place, #name);)
    } else {
        quote!(::core::unreachable!();)
    };
    quote! {
        #item

        #(#cfgs)*
        #[doc(hidden)]
        #[allow(dead_code, deprecated, unused_variables, clippy::needless_pass_by_ref_mut)]
        pub(crate) fn #declare(#into: &mut #crons) {
            #body
        }
    }
}

/// A statement that rustc warns of with our message, on the literal: on stable there is no other way to warn than a use
/// of something deprecated.
fn warning(Warning { span, code, message }: &Warning) -> TokenStream {
    let code = Ident::new(code, *span);
    quote_spanned! {*span=>
        {
            #[deprecated(note = #message)]
            #[allow(non_upper_case_globals)]
            const #code: () = ();
            let () = #code;
        }
    }
}

/// The body, beginning with `first`; a body that is no block stays as it is.
fn with_first(body: TokenStream, first: &TokenStream) -> TokenStream {
    if first.is_empty() {
        return body;
    }
    let mut tokens: Vec<TokenTree> = body.into_iter().collect();
    if let Some(TokenTree::Group(block)) = tokens.last_mut()
        && block.delimiter() == Delimiter::Brace
    {
        let rest = block.stream();
        let mut whole = Group::new(Delimiter::Brace, quote!(#first #rest));
        whole.set_span(block.span());
        *block = whole;
    }
    tokens.into_iter().collect()
}
