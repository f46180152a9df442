//! Reading a function without its body.
//!
//! Owns the split of an item into attributes, visibility, signature and an opaque rest.
//! Invariant: what is inside the body is never looked at here, so a half-typed body cannot break a macro.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, FnArg, ReturnType, Token, Type, Visibility};

use crate::check::make_sized;

/// A function as it stands in the source; printing it gives the same tokens back.
pub(crate) struct Signature {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: syn::Signature,
    pub(crate) body: TokenStream,
}

impl Parse for Signature {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        Ok(Self {
            attrs: input.call(Attribute::parse_outer)?,
            vis: input.parse()?,
            sig: input.parse()?,
            body: input.parse()?,
        })
    }
}

impl Signature {
    /// The types of the parameters.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &Type> {
        self.sig.inputs.iter().filter_map(|input| match input {
            FnArg::Typed(typed) => Some(&*typed.ty),
            FnArg::Receiver(_) => None,
        })
    }

    /// Gives parameters and result the types that a message has told to write in place of those without a size.
    pub(crate) fn make_sized(&mut self) {
        for input in &mut self.sig.inputs {
            if let FnArg::Typed(typed) = input {
                make_sized(&mut typed.ty);
            }
        }
        if let ReturnType::Type(_, result) = &mut self.sig.output {
            make_sized(result);
        }
    }
}

impl ToTokens for Signature {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Self { attrs, vis, sig, body } = self;
        tokens.extend(quote!(#(#attrs)* #vis #sig #body));
    }
}

/// Reads the item under a function attribute; `macro_name` is for the message when it is something else.
///
/// # Errors
///
/// If the item is not a function, or its signature is not yet complete.
pub(crate) fn parse(macro_name: &str, item: TokenStream) -> syn::Result<Signature> {
    let other = |input: ParseStream| {
        input.call(Attribute::parse_outer)?;
        input.parse::<Visibility>()?;
        let found = other_item(input).map(|what| {
            input.error(format!(
                "`#[{macro_name}]` stands on {what}: only a function can be called by clients\n\
                 help: put it on an `async fn`"
            ))
        });
        input.parse::<TokenStream>()?;
        Ok(found)
    };
    match syn::parse::Parser::parse2(other, item.clone()) {
        Ok(Some(error)) => Err(error),
        Ok(None) | Err(_) => syn::parse2(item),
    }
}

/// What the item is called if it is certainly no function.
pub(crate) fn other_item(input: ParseStream) -> Option<&'static str> {
    macro_rules! first_token {
        ($($token:tt => $name:literal),* $(,)?) => {
            $(if input.peek(Token![$token]) { return Some($name); })*
        };
    }
    first_token! {
        struct => "a struct", enum => "an enum", impl => "an `impl` block", trait => "a trait", mod => "a module",
        type => "a type alias", static => "a static", use => "an import", union => "a union",
    }
    let constant = input.peek(Token![const]) && input.peek2(syn::Ident) && input.peek3(Token![:]);
    constant.then_some("a constant")
}
