//! One function as the checks and the expansion see it.
//!
//! Owns the roles of a signature's parts: which parameter is the context, what travels on the wire under which name.
//! Invariant: building the model never fails and never reports; whatever a signature says has a place in it.

use proc_macro2::Span;
use quote::{ToTokens, format_ident};
use syn::ext::IdentExt;
use syn::{
    Attribute as Attr, FnArg, GenericArgument, Ident, Pat, PathArguments, Receiver, ReturnType, Type,
    Visibility, parse_quote,
};

use crate::signature::Signature;

/// Which macro is at work.
#[derive(Clone, Copy)]
pub(crate) struct Attribute {
    pub(crate) kind: Kind,
    pub(crate) reach: Reach,
}

/// What a function may do.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Query,
    Mutation,
    Action,
}

/// Who may call a function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Reach {
    Public,
    Internal,
}

impl Attribute {
    /// The macro's name, as the user writes it.
    pub(crate) fn name(self) -> &'static str {
        match (self.reach, self.kind) {
            (Reach::Public, Kind::Query) => "query",
            (Reach::Public, Kind::Mutation) => "mutation",
            (Reach::Public, Kind::Action) => "action",
            (Reach::Internal, Kind::Query) => "internal_query",
            (Reach::Internal, Kind::Mutation) => "internal_mutation",
            (Reach::Internal, Kind::Action) => "internal_action",
        }
    }
}

impl Kind {
    /// The kind as a noun in messages.
    pub(crate) fn noun(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Mutation => "mutation",
            Self::Action => "action",
        }
    }
}

/// The context types that the runtime hands to functions.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ContextType {
    Query,
    Mutation,
    Action,
    BlockingAction,
}

impl ContextType {
    const ALL: [Self; 4] = [Self::Query, Self::Mutation, Self::Action, Self::BlockingAction];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Query => "QueryCtx",
            Self::Mutation => "MutationCtx",
            Self::Action => "ActionCtx",
            Self::BlockingAction => "BlockingActionCtx",
        }
    }

    /// Recognises a context by the last segment of its path; an alias stays unknown and is left to rustc.
    pub(crate) fn of(ty: &Type) -> Option<Self> {
        let Type::Path(path) = ty else { return None };
        let last = &path.path.segments.last()?.ident;
        Self::ALL.into_iter().find(|context| last == context.name())
    }
}

/// A typed parameter: the context or an argument.
pub(crate) struct Parameter<'a> {
    pub(crate) attrs: &'a [Attr],
    pub(crate) pat: &'a Pat,
    pub(crate) ty: &'a Type,
    /// The plain name, if the pattern is one; `mut` is the function's own business.
    pub(crate) name: Option<&'a Ident>,
}

/// A function and the roles of its parts.
pub(crate) struct Function<'a> {
    pub(crate) attribute: Attribute,
    pub(crate) source: &'a Signature,
    /// The name on the wire, without `r#`.
    pub(crate) name: String,
    pub(crate) receiver: Option<&'a Receiver>,
    /// The first parameter, if it is a reference to what may be a context.
    pub(crate) context: Option<Parameter<'a>>,
    pub(crate) arguments: Vec<Parameter<'a>>,
    pub(crate) result: Option<&'a Type>,
}

impl<'a> Function<'a> {
    pub(crate) fn new(attribute: Attribute, source: &'a Signature) -> Self {
        let mut receiver = None;
        let mut parameters = Vec::new();
        for input in &source.sig.inputs {
            match input {
                FnArg::Receiver(this) => receiver = Some(this),
                FnArg::Typed(typed) => {
                    let name = plain_name(&typed.pat);
                    parameters.push(Parameter { attrs: &typed.attrs, pat: &typed.pat, ty: &typed.ty, name });
                }
            }
        }
        let has_context = parameters.first().is_some_and(|first| may_be_context(first.ty));
        let mut parameters = parameters.into_iter();
        Self {
            attribute,
            source,
            name: source.sig.ident.unraw().to_string(),
            receiver,
            context: if has_context { parameters.next() } else { None },
            arguments: parameters.collect(),
            result: match &source.sig.output {
                ReturnType::Default => None,
                ReturnType::Type(_, ty) => Some(ty),
            },
        }
    }

    /// The function in messages: "mutation `submit_job`".
    pub(crate) fn title(&self) -> String {
        format!("{} `{}`", self.attribute.kind.noun(), self.name)
    }

    pub(crate) fn is_async(&self) -> bool {
        self.source.sig.asyncness.is_some()
    }

    /// The context that this function has to take.
    pub(crate) fn context_type(&self) -> ContextType {
        match self.attribute.kind {
            Kind::Query => ContextType::Query,
            Kind::Mutation => ContextType::Mutation,
            Kind::Action if self.is_async() => ContextType::Action,
            Kind::Action => ContextType::BlockingAction,
        }
    }

    /// The type that defines the function to the registry: `__submit_job`.
    pub(crate) fn definition(&self) -> Ident {
        format_ident!("__{}", self.name, span = self.source.sig.ident.span())
    }

    /// The function that builds the deferred call: `__submit_job_call`.
    pub(crate) fn call(&self) -> Ident {
        format_ident!("__{}_call", self.name, span = self.source.sig.ident.span())
    }

    /// The visibility of the handle: the registry names it, and it may show no type that is more private than itself.
    pub(crate) fn handle_visibility(&self) -> Visibility {
        match &self.source.vis {
            Visibility::Public(public) => Visibility::Public(*public),
            Visibility::Restricted(_) | Visibility::Inherited => parse_quote!(pub(crate)),
        }
    }

    /// The `#[cfg]`s that every generated item repeats.
    pub(crate) fn cfgs(&self) -> impl Iterator<Item = &'a Attr> {
        self.source.attrs.iter().filter(|attr| attr.path().is_ident("cfg"))
    }

    /// What a call of the function shows as well, in an editor and in warnings: its documentation, and that it is old.
    pub(crate) fn said_of_calls(&self) -> impl Iterator<Item = &'a Attr> {
        let said = |attr: &&Attr| attr.path().is_ident("doc") || attr.path().is_ident("deprecated");
        self.source.attrs.iter().filter(said)
    }

    /// A name for the context that no argument has; the user's own where there is one.
    pub(crate) fn context_name(&self) -> Ident {
        let user = self.context.as_ref().and_then(|context| context.name);
        let mut name = user.map_or_else(|| "ctx".to_owned(), Ident::to_string);
        let arguments = self.arguments.iter().filter_map(|argument| argument.name);
        let taken: Vec<_> = arguments.chain([&self.source.sig.ident]).collect();
        while taken.iter().any(|taken| *taken == &name) {
            name.push('_');
        }
        // On the end of the context's type, since `&` is where a type starts and says nothing.
        let last = self.context.as_ref().and_then(|context| context.ty.to_token_stream().into_iter().last());
        let span = last.map_or_else(Span::call_site, |token| token.span());
        match name.strip_prefix("r#") {
            Some(raw) => Ident::new_raw(raw, span),
            None => Ident::new(&name, span),
        }
    }
}

impl<'a> Parameter<'a> {
    /// What a reference points to.
    pub(crate) fn referent(&self) -> Option<&'a Type> {
        match self.ty {
            Type::Reference(reference) => Some(&reference.elem),
            _ => None,
        }
    }

    /// The name under which an argument travels.
    pub(crate) fn wire_name(&self) -> Option<String> {
        self.name.map(|name| name.unraw().to_string())
    }
}

/// Whether `ty` is a reference to a named type, which only rustc can tell from a context.
fn may_be_context(ty: &Type) -> bool {
    let Type::Reference(reference) = ty else { return false };
    match &*reference.elem {
        Type::Path(path) => !["str", "String", "Vec"]
            .iter()
            .any(|data| path.path.segments.last().is_some_and(|last| last.ident == data)),
        _ => false,
    }
}

/// The identifier of `x` or `mut x`.
fn plain_name(pat: &Pat) -> Option<&Ident> {
    match pat {
        Pat::Ident(ident) if ident.by_ref.is_none() && ident.subpat.is_none() => Some(&ident.ident),
        _ => None,
    }
}

/// A return type as the signature shows it. The macro decides by the name alone, so an alias of a `Result` has to be
/// called `Result` as well.
pub(crate) enum Returned<'a> {
    Nothing,
    Value(&'a Type),
    /// The value, and the error unless an alias such as `mainspring::Result` brings it.
    Result(&'a Type, Option<&'a Type>),
}

impl<'a> Returned<'a> {
    pub(crate) fn of(result: Option<&'a Type>) -> Self {
        match result {
            None => Self::Nothing,
            Some(ty) => Self::result(ty).unwrap_or(Self::Value(ty)),
        }
    }

    /// Recognises `…Result<T>` and `…Result<T, E>`.
    fn result(ty: &'a Type) -> Option<Self> {
        let Type::Path(path) = ty else { return None };
        let last = path.path.segments.last().filter(|last| last.ident == "Result")?;
        let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
        let mut types = arguments.args.iter().map(|argument| match argument {
            GenericArgument::Type(ty) => Some(ty),
            _ => None,
        });
        Some(Self::Result(types.next()??, types.next().flatten()))
    }
}
