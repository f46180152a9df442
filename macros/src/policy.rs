//! What an attribute says about scheduled runs: `retry(…)`, `on_failure = …`, `queue = …` and the limits.
//!
//! Owns the reading of these options and what is wrong with their values.
//! Invariant: as for all options, each mistake stands on its own token and none hides another.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::parse::{ParseBuffer, ParseStream, Parser};
use syn::token::Bracket;
use syn::{Ident, Lit, LitBool, LitInt, LitStr, Path, Token, bracketed};

use crate::attr::{ActionOptions, MutationOptions, OptionValue, Spanned, entries};
use crate::errors::Errors;
use crate::model::{Function, Parameter};
use crate::paths::Paths;

/// What a function says about its scheduled runs, as far as it is sound.
#[derive(Default)]
pub(crate) struct Policy {
    retry: Option<Retry>,
    on_failure: Option<Handler>,
    queue: Option<Queue>,
    concurrency: Option<Count>,
    rate: Option<Rate>,
    per: Option<Spanned<Ident>>,
    renamed_from: Option<FormerPaths>,
}

/// The value of `queue = EMAILS`.
pub(crate) struct Queue(Path);

/// The value of `concurrency = 4`.
pub(crate) struct Count(LitInt);

/// The value of `rate = "100/1s"`: how many, and the text.
pub(crate) struct Rate(LitStr);

/// The value of `renamed_from = "module:name"`, or of several in brackets.
pub(crate) struct FormerPaths(Vec<LitStr>);

/// The value of `retry(max_attempts = 5, …)`.
pub(crate) struct Retry {
    max_attempts: Option<u32>,
    backoff: Option<u64>,
    factor: Option<f64>,
    max: Option<u64>,
    jitter: Option<bool>,
    mistakes: Option<syn::Error>,
}

/// The value of `on_failure = internal::module::name`.
pub(crate) struct Handler(Path);

/// The pause before the second attempt, in milliseconds, where none is given; as in the runtime.
const DEFAULT_BACKOFF: u64 = 1_000;

const RETRY_OPTIONS: &str = "help: `retry` accepts `max_attempts = 5`, `backoff = \"1s\"`, `factor = 2`, \
                             `max = \"5m\"` and `jitter`";

macro_rules! policy {
    ($options:ident) => {
        $crate::policy::Policy {
            retry: $options.retry.map(|option| option.value),
            on_failure: $options.on_failure.map(|option| option.value),
            queue: $options.queue.map(|option| option.value),
            concurrency: $options.concurrency.map(|option| option.value),
            rate: $options.rate.map(|option| option.value),
            per: $options.per,
            renamed_from: $options.renamed_from.map(|option| option.value),
        }
    };
}

impl Policy {
    pub(crate) fn of_mutation(options: MutationOptions) -> Self {
        policy!(options)
    }

    pub(crate) fn of_action(options: ActionOptions) -> Self {
        policy!(options)
    }

    /// What does not go together, with each other or with the function.
    pub(crate) fn check(&self, function: &Function, errors: &mut Errors) {
        let Some(Spanned { key, value }) = &self.per else { return };
        let mut names = function.arguments.iter().filter_map(Parameter::wire_name);
        let per = value.unraw();
        if !names.any(|name| per == name) {
            errors.on(
                value,
                format!(
                    "{} has no argument `{value}`: `per` names the one for whose values the limits hold apart\n\
                     help: name an argument, or remove `per`",
                    function.title()
                ),
            );
        }
        if self.concurrency.is_none() && self.rate.is_none() {
            errors.on(
                key,
                "`per` has nothing to hold apart: there is no limit\nhelp: add `concurrency = 1` or `rate = \"10/1s\"`",
            );
        }
    }

    /// The constant that says it, if there is anything to say.
    pub(crate) fn constant(&self, paths: &Paths) -> TokenStream {
        let retry = self.retry.as_ref().map(|option| {
            let (retry, steps) = (paths.retry(), option.steps());
            quote!(.retry(#retry #steps))
        });
        let on_failure = self.on_failure.as_ref().map(|Handler(path)| {
            // Where rustc says that the function is not such a handler.
            let span = path.segments.last().map_or_else(Span::call_site, |last| last.ident.span());
            quote_spanned!(span=> .on_failure(#path))
        });
        let queue = self.queue.as_ref().map(|Queue(path)| quote!(.queue(#path)));
        let concurrency = self.concurrency.as_ref().map(|Count(count)| quote!(.concurrency(#count)));
        let rate = self.rate.as_ref().and_then(|Rate(text)| {
            let ((count, millis), rate) = (rate(&text.value())?, paths.rate());
            Some(quote!(.rate(#rate::new(#count, ::core::time::Duration::from_millis(#millis)))))
        });
        let per = self.per.as_ref().map(|Spanned { value, .. }| {
            let name = value.unraw().to_string();
            quote!(.per(#name))
        });
        let renamed_from =
            self.renamed_from.as_ref().map(|FormerPaths(paths)| quote!(.renamed_from(&[#(#paths),*])));
        let steps = quote!(#retry #on_failure #queue #concurrency #rate #per #renamed_from);
        if steps.is_empty() {
            return TokenStream::new();
        }
        let policy = paths.policy();
        quote!(const POLICY: #policy = #policy::NONE #steps;)
    }
}

impl Retry {
    fn steps(&self) -> TokenStream {
        let attempts = self.max_attempts.unwrap_or(1);
        let pause = |name: &str, millis: Option<u64>| {
            let name = Ident::new(name, Span::call_site());
            millis.map(|millis| quote!(.#name(::core::time::Duration::from_millis(#millis))))
        };
        let (backoff, max) = (pause("backoff", self.backoff), pause("max", self.max));
        let factor = self.factor.map(|factor| quote!(.factor(#factor)));
        let jitter = self.jitter.map(|jitter| quote!(.jitter(#jitter)));
        quote!(::attempts(#attempts) #backoff #factor #max #jitter)
    }

    fn mistake(&mut self, culprit: impl ToTokens, message: impl std::fmt::Display) {
        let error = syn::Error::new_spanned(culprit, message);
        match &mut self.mistakes {
            Some(mistakes) => mistakes.combine(error),
            None => self.mistakes = Some(error),
        }
    }

    fn read(&mut self, tokens: TokenStream) {
        let parser = |input: ParseStream| {
            let key = input.call(Ident::parse_any)?;
            let equals: Option<Token![=]> = input.parse()?;
            let value = if equals.is_some() { Some(input.parse::<Lit>()?) } else { None };
            Ok((key, value))
        };
        let Ok((key, value)) = parser.parse2(tokens.clone()) else {
            self.mistake(tokens, format!("option of `retry` is not `key = literal`\n{RETRY_OPTIONS}"));
            return;
        };
        match (&*key.to_string(), value) {
            ("max_attempts", Some(value)) => match number::<u32>(&value) {
                Some(0) => self.mistake(
                    value,
                    "`max_attempts` is 0: the first run is an attempt too\nhelp: write 2 or more, or remove `retry`",
                ),
                Some(attempts) => once(&mut self.max_attempts, attempts, &key, &mut self.mistakes),
                None => self.mistake(
                    value,
                    "`max_attempts` is not a whole number of attempts\nhelp: write `max_attempts = 5`",
                ),
            },
            ("factor", Some(value)) => match number::<f64>(&value).filter(|factor| factor.is_finite()) {
                Some(factor) if factor >= 1.0 => {
                    once(&mut self.factor, factor, &key, &mut self.mistakes);
                }
                Some(_) => self.mistake(
                    value,
                    "`factor` is below 1: each pause would be shorter than the one before\n\
                     help: write `factor = 2`, or `factor = 1` for pauses of one length",
                ),
                None => self.mistake(value, "`factor` is not a number\nhelp: write `factor = 2`"),
            },
            (name @ ("backoff" | "max"), Some(value)) => match millis(&value) {
                Some(millis) => {
                    let slot = if name == "max" { &mut self.max } else { &mut self.backoff };
                    once(slot, millis, &key, &mut self.mistakes);
                }
                None => self.mistake(
                    value,
                    format!(
                        "`{name}` is not a duration\n\
                         help: write a number and its unit, `ms`, `s`, `m`, `h` or `d`, such as `{name} = \"30s\"`"
                    ),
                ),
            },
            ("jitter", None) => once(&mut self.jitter, true, &key, &mut self.mistakes),
            ("jitter", Some(Lit::Bool(LitBool { value, .. }))) => {
                once(&mut self.jitter, value, &key, &mut self.mistakes);
            }
            ("jitter", Some(value)) => {
                self.mistake(value, "`jitter` is not `true` or `false`\nhelp: write `jitter`, or `jitter = false`");
            }
            (name @ ("max_attempts" | "factor" | "backoff" | "max"), None) => {
                self.mistake(&key, format!("`{name}` has no value\n{RETRY_OPTIONS}"));
            }
            (name, _) => self.mistake(&key, format!("option `{name}` of `retry` is unknown\n{RETRY_OPTIONS}")),
        }
    }
}

impl OptionValue for Retry {
    const SHAPE: &'static str = "(max_attempts = 5)";

    fn parse(input: ParseStream) -> syn::Result<Self> {
        let tokens: TokenStream = input.parse()?;
        let mut retry =
            Self { max_attempts: None, backoff: None, factor: None, max: None, jitter: None, mistakes: None };
        for entry in entries(tokens.clone()) {
            retry.read(entry);
        }
        if retry.mistakes.is_some() {
            return Ok(retry);
        }
        if retry.max_attempts.is_none() {
            retry.mistake(
                &tokens,
                "`retry` does not say how often: there is no end to it\nhelp: add `max_attempts = 5`",
            );
        }
        if retry.max.is_some_and(|max| max < retry.backoff.unwrap_or(DEFAULT_BACKOFF)) {
            retry.mistake(
                &tokens,
                "`max` is shorter than `backoff`: the first pause would be longer than the longest\n\
                 help: make `max` at least as long as `backoff`",
            );
        }
        Ok(retry)
    }

    fn validate(&self) -> syn::Result<()> {
        self.mistakes.clone().map_or(Ok(()), Err)
    }
}

impl OptionValue for Queue {
    const SHAPE: &'static str = "QUEUE";

    fn parse(input: ParseStream) -> syn::Result<Self> {
        input.call(Path::parse_mod_style).map(Self)
    }
}

impl OptionValue for Count {
    const SHAPE: &'static str = "4";

    fn parse(input: ParseStream) -> syn::Result<Self> {
        input.parse().map(Self)
    }

    fn validate(&self) -> syn::Result<()> {
        let message = match self.0.base10_parse::<u32>() {
            Ok(0) => {
                "`concurrency` is 0: no run would ever start\nhelp: write 1 or more; to stop a function, pause it"
            }
            Ok(_) if self.0.suffix().is_empty() => return Ok(()),
            _ => "`concurrency` is not a number of runs\nhelp: write `concurrency = 4`",
        };
        Err(syn::Error::new_spanned(&self.0, message))
    }
}

impl OptionValue for FormerPaths {
    const SHAPE: &'static str = "\"module:name\"";

    fn parse(input: ParseStream) -> syn::Result<Self> {
        if !input.peek(Bracket) {
            return Ok(Self(vec![input.parse()?]));
        }
        let list;
        bracketed!(list in input);
        if list.is_empty() {
            return Err(list.error("no path"));
        }
        Ok(Self(list.parse_terminated(ParseBuffer::parse, Token![,])?.into_iter().collect()))
    }

    fn validate(&self) -> syn::Result<()> {
        let is_path = |path: &LitStr| {
            path.value().split_once(':').is_some_and(|(module, name)| {
                let plain =
                    |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c == ':');
                plain(module) && plain(name)
            })
        };
        let Some(wrong) = self.0.iter().find(|path| !is_path(path)) else { return Ok(()) };
        let message = "`renamed_from` is not the path of a function on the wire\n\
                       help: write its modules below `functions`, `:` and its name, such as `renamed_from = \"jobs/mail:send\"`";
        Err(syn::Error::new_spanned(wrong, message))
    }
}

impl OptionValue for Rate {
    const SHAPE: &'static str = "\"100/1s\"";

    fn parse(input: ParseStream) -> syn::Result<Self> {
        input.parse().map(Self)
    }

    fn validate(&self) -> syn::Result<()> {
        if rate(&self.0.value()).is_some() {
            return Ok(());
        }
        let message = "`rate` is not a number of starts in a time, both at least 1\n\
                       help: write both with `/` between, such as `rate = \"100/1s\"` or `rate = \"5/10m\"`";
        Err(syn::Error::new_spanned(&self.0, message))
    }
}

impl OptionValue for Handler {
    const SHAPE: &'static str = "internal::module::name";

    fn parse(input: ParseStream) -> syn::Result<Self> {
        input.call(Path::parse_mod_style).map(Self)
    }
}

fn once<T>(slot: &mut Option<T>, value: T, key: &Ident, mistakes: &mut Option<syn::Error>) {
    if slot.replace(value).is_none() {
        return;
    }
    let error = syn::Error::new_spanned(key, format!("`{key}` is given twice\nhelp: remove one of the two"));
    match mistakes {
        Some(mistakes) => mistakes.combine(error),
        None => *mistakes = Some(error),
    }
}

/// The number of a literal, as an `N`.
fn number<N: std::str::FromStr>(literal: &Lit) -> Option<N> {
    match literal {
        Lit::Int(int) if int.suffix().is_empty() => int.base10_digits().parse().ok(),
        Lit::Float(float) if float.suffix().is_empty() => float.base10_digits().parse().ok(),
        _ => None,
    }
}

/// The milliseconds of a text such as `"30s"`.
fn millis(literal: &Lit) -> Option<u64> {
    let Lit::Str(text) = literal else { return None };
    duration(&text.value())
}

/// Reads a number of starts and the milliseconds in which they may happen.
fn rate(text: &str) -> Option<(u32, u64)> {
    let (count, per) = text.split_once('/')?;
    let (count, per) = (count.parse().ok()?, duration(per)?);
    (count > 0 && per > 0).then_some((count, per))
}

/// Reads a whole number and its unit as milliseconds.
pub(crate) fn duration(text: &str) -> Option<u64> {
    let unit = text.find(|character: char| !character.is_ascii_digit())?;
    let (number, unit) = text.split_at(unit);
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60 * 1_000,
        "h" => 60 * 60 * 1_000,
        "d" => 24 * 60 * 60 * 1_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(millis)
}

#[cfg(test)]
mod tests {
    use super::{duration, rate};

    #[test]
    fn durations_are_a_number_and_a_unit() {
        assert_eq!(duration("250ms"), Some(250));
        assert_eq!(duration("1s"), Some(1_000));
        assert_eq!(duration("5m"), Some(300_000));
        assert_eq!(duration("2h"), Some(7_200_000));
        assert_eq!(duration("1d"), Some(86_400_000));
        for bad in ["", "5", "s", "-1s", "1.5s", "1 s", "1sec", "99999999999999999999s", "99999999999999999d"]
        {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }

    #[test]
    fn rates_are_a_count_and_a_duration() {
        assert_eq!(rate("100/1s"), Some((100, 1_000)));
        assert_eq!(rate("5/10m"), Some((5, 600_000)));
        for bad in ["100", "100/s", "0/1s", "1/0s", "-1/1s", "1/1s/1s", "/1s"] {
            assert_eq!(rate(bad), None, "{bad}");
        }
    }
}
