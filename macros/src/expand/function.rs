//! What a function expands to: itself, a handle for the registry, and the deferred call.
//!
//! Owns the spans of generated code: an error that rustc finds in it sits on the user's own token.
//! Invariant: at most 40 lines beside the user's function; every path is absolute.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Type, Visibility};

use crate::check::{self, Soundness};
use crate::model::{Function, Kind, Parameter, Reach, Returned};
use crate::paths::Paths;
use crate::policy::Policy;
use crate::signature::Signature;

/// The user's function, unchanged but for lints that the rules of mainspring would trip.
pub(crate) fn item(source: &Signature) -> TokenStream {
    // The macro demands `async` and owned arguments even where a body does without them.
    quote! {
        #[allow(clippy::unused_async, clippy::needless_pass_by_value)]
        #source
    }
}

/// The hidden items of a function without mistakes.
pub(crate) fn whole(function: &Function, policy: &Policy, paths: &Paths) -> TokenStream {
    let names: Vec<_> = function.arguments.iter().filter_map(|argument| argument.name).collect();
    let types: Vec<_> = function.arguments.iter().map(|argument| argument.ty).collect();
    let locals: Vec<_> = names.iter().map(|name| local(name)).collect();
    let proof = paths.arguments_of(types.len());
    let proven = types.iter().map(|ty| inferred(ty));
    let turbofish = (!types.is_empty()).then(|| quote!(::<#(#proven),*>));
    let wire_names = function.arguments.iter().filter_map(Parameter::wire_name);
    let parts = Parts {
        arguments: quote!((#(#types,)*)),
        proof: quote!(#proof #turbofish(&[#(#wire_names),*])),
        result: function.result,
        pattern: quote!((#(#locals,)*)),
        body: body(function, &locals, paths),
        parameters: quote!(#(#names: #types),*),
        call: quote!((#(#names,)*)),
        policy: policy.constant(paths),
        generics: None,
    };
    hidden(function, paths, &parts)
}

/// Stand-ins for the hidden items of a function with mistakes, so that the generated trees and the callers still find
/// them. It never runs: the mistakes stop the build.
pub(crate) fn stub(function: &Function, paths: &Paths, sound: Soundness) -> TokenStream {
    let types = function.arguments.iter().map(|argument| known(argument.ty));
    let never = quote!(::core::unreachable!());
    let proof = paths.arguments_of(0);
    let parts = Parts {
        arguments: quote!(()),
        proof: quote!(#proof(&[])),
        result: function.result.filter(|_| sound.result),
        pattern: quote!(_),
        body: quote!(async { #never }),
        parameters: quote!(#(_: #types),*),
        call: quote!(()),
        policy: TokenStream::new(),
        generics: Some(&function.source.sig.generics),
    };
    hidden(function, paths, &parts)
}

/// Where a whole function and a stub differ.
struct Parts<'a> {
    arguments: TokenStream,
    proof: TokenStream,
    result: Option<&'a Type>,
    pattern: TokenStream,
    body: TokenStream,
    parameters: TokenStream,
    call: TokenStream,
    policy: TokenStream,
    generics: Option<&'a syn::Generics>,
}

fn hidden(function: &Function, paths: &Paths, parts: &Parts) -> TokenStream {
    let Parts { arguments, proof, result, pattern, body, parameters, call, policy, generics } = parts;
    let cfgs: Vec<_> = function.cfgs().collect();
    let (vis, name) = (function.handle_visibility(), &function.name);
    let (definition, call_name) = (function.definition(), function.call());
    let (kind, context) = match function.attribute.kind {
        Kind::Query => (paths.query(), paths.query_ctx()),
        Kind::Mutation => (paths.mutation(), paths.mutation_ctx()),
        Kind::Action => (paths.action(), paths.action_ctx()),
    };
    let reach = match function.attribute.reach {
        Reach::Public => paths.public(),
        Reach::Internal => paths.internal(),
    };
    let (output, returned) = output(*result, paths);
    let result = result.map_or_else(|| quote!(()), ToTokens::to_token_stream);
    let future = future(function);
    // Where rustc says that a type is more private than the handle.
    let span = function.source.sig.ident.span();
    let (start, end) = (quote_spanned!(span=> type), quote_spanned!(span=> ;));
    // Where rustc would add a type parameter, as it would to the user's function: two equal suggestions are one error.
    let implement = quote_spanned!(span=> impl);
    let ctx = function.context_name();
    let where_clause = generics.map(|generics| &generics.where_clause);
    let (definition_trait, function_path) = (paths.definition(), paths.function_path());
    let (handle_macro, call_of, own_name) = (paths.handle(), paths.call_of(), &function.source.sig.ident);
    let (hidden, shown) = (uninhabited(vis.clone(), &definition), uninhabited(vis.clone(), own_name));
    let (arguments_of, returned_of, call_type) = (paths.arguments(), paths.returned(), paths.call());
    // All of it on the name, where rustc says that a function is defined.
    let said: Vec<_> = function.said_of_calls().collect();
    let deferred = quote_spanned! {span=>
        pub fn #call_name #generics(#parameters) -> #call_of<#definition> #where_clause {
            #call_type::new(#call)
        }
    };
    quote! {
        #(#cfgs)*
        #handle_macro!(#definition: #hidden, #own_name: #shown);

        #(#cfgs)*
        #[automatically_derived]
        #[allow(deprecated)]
        #implement #definition_trait for #definition {
            type Kind = #kind;
            type Visibility = #reach;
            #start Arguments = #arguments #end
            #start Return = #result #end
            #start Output = #output #end
            const PATH: &'static ::core::primitive::str = #function_path!(#name);
            const ARGUMENTS: #arguments_of<Self::Arguments> = #proof;
            const RETURN: #returned_of<Self::Return, Self::Output> = #returned;
            #policy
            fn invoke(#ctx: &#context, #pattern: Self::Arguments) -> #future {
                #body
            }
        }

        #(#cfgs)*
        #(#said)*
        #[doc(hidden)]
        #[allow(dead_code, deprecated, private_interfaces, unreachable_pub)]
        #[allow(clippy::too_many_arguments)]
        #deferred
    }
}

/// A type without values, all of it where the name is.
fn uninhabited(mut vis: Visibility, name: &Ident) -> TokenStream {
    if let Visibility::Public(public) = &mut vis {
        public.span = name.span();
    }
    quote_spanned!(name.span()=> #vis enum #name {})
}

/// The type as a stand-in can have it: what rustc reports of the function itself is not repeated.
fn known(ty: &Type) -> Type {
    if !check::is_spelled_out(ty) {
        return syn::parse_quote!(impl ::core::marker::Sized);
    }
    let mut ty = ty.clone();
    check::make_sized(&mut ty);
    ty
}

/// The call of the user's function; rustc's complaint about the context sits on the context's type.
fn body(function: &Function, locals: &[Ident], paths: &Paths) -> TokenStream {
    let (name, ctx) = (&function.source.sig.ident, function.context_name());
    let call = quote!(#name(#ctx #(, #locals)*));
    if function.is_async() {
        return call;
    }
    let run_blocking = paths.run_blocking();
    quote!(#run_blocking(#ctx, move |#ctx| #call))
}

/// `impl Future<…> + Send`; its ends lie on the function's name, where rustc then says why it is not `Send`.
fn future(function: &Function) -> TokenStream {
    let span = function.source.sig.ident.span();
    let (start, end) = (quote_spanned!(span=> impl), quote_spanned!(span=> Send));
    quote!(#start ::core::future::Future<Output = Self::Return> + ::core::marker::#end)
}

/// What a caller gets, and the proof that it can be sent; each part on the user's own tokens.
fn output(result: Option<&Type>, paths: &Paths) -> (TokenStream, TokenStream) {
    let (plain, fallible) = (paths.returns(), paths.returns_result());
    match Returned::of(result) {
        Returned::Nothing => (quote!(()), quote!(#plain::<()>())),
        Returned::Value(value) => {
            let proven = inferred(value);
            (quote!(#value), quote!(#plain::<#proven>()))
        }
        Returned::Result(value, error) => {
            let error = error.map_or_else(|| quote!(_), ToTokens::to_token_stream);
            (quote!(#value), quote!(#fallible::<#value, #error>()))
        }
    }
}

/// The type, in a place that knows it already. To a lone name that it does not know, rustc says more between `<` and `>`
/// than elsewhere; one that is left out there has one error.
fn inferred(ty: &Type) -> Type {
    match ty {
        Type::Path(path) if path.path.get_ident().is_some() => {
            syn::parse_quote_spanned!(path.span()=> _)
        }
        Type::Tuple(tuple) => {
            let mut tuple = tuple.clone();
            tuple.elems.iter_mut().for_each(|element| *element = inferred(element));
            Type::Tuple(tuple)
        }
        Type::Array(array) => {
            let mut array = array.clone();
            *array.elem = inferred(&array.elem);
            Type::Array(array)
        }
        _ => ty.clone(),
    }
}

/// An argument inside of `invoke`: a name that cannot hide the user's function of the same name.
fn local(name: &Ident) -> Ident {
    let mut local = name.clone();
    local.set_span(Span::mixed_site().located_at(name.span()));
    local
}
