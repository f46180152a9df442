//! Errors: one enum for each family of operations, and [`Error`], which holds any of them and any other.
//!
//! Functions return [`Result`]; `?` turns every error type into an [`Error`]. Errors that the caller is
//! meant to see carry typed data: [`Error::app`] makes one, [`Error::app_data`] reads it back.
//!
//! Invariant: plain data. Nothing here decides what is retried, shown or hidden.

mod backup;
mod call;
mod cron;
mod db;
mod foreign;
mod http;
mod schedule;
mod start;
mod store;
mod transfer;

use std::error::Error as StdError;
use std::fmt;

use serde::Serialize;

pub(crate) use foreign::quietly;
use foreign::{Foreign, Text};

use crate::value::{JsonFormat, Limits, Value, binary};

pub use backup::BackupError;
pub use call::CallError;
pub use cron::CronError;
pub use db::DbError;
pub use http::HttpError;
pub use schedule::ScheduleError;
pub use start::StartError;
pub use store::StoreError;
pub use transfer::TransferError;

/// What functions return; the error defaults to [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What an application error can carry: any value, and a text of the program's, which its receiver reads as a `String`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value: an application error cannot carry it",
    label = "not a value",
    note = "if the type is yours, add `#[mainspring::value]` to it",
    note = "if it is an error that callers are not to see, return it as it is: `?` converts it"
)]
pub trait AppData: Serialize {}

impl<T: Value> AppData for T {}

impl AppData for &str {}

/// Any error of a function: an application error with data for the caller, an error of the framework, or
/// an error of another library.
///
/// Like other catch-all error types it does not implement [`std::error::Error`] itself, so that `?` can
/// convert from every type that does.
pub struct Error {
    inside: Box<Inside>,
}

struct Inside {
    content: Content,
    /// What the error says of itself: whether trying again would end the same way.
    permanent: Option<bool>,
    /// The limit that its transaction went over, which may not show in what the function made of it.
    limit: Option<DbError>,
}

enum Content {
    App {
        data: Box<[u8]>,
    },
    Message(String),
    Other(Foreign),
    /// A call from outside that was refused before its function ran.
    Refused(CallError),
}

impl Error {
    /// An application error: `data` reaches the caller, whoever it is, in every mode.
    ///
    /// Everything else that goes wrong is shown to callers from outside only in development mode.
    /// A value that breaks the limits of a result turns into an error that says so.
    ///
    /// ```
    /// # use mainspring::Error;
    /// let error = Error::app("the shop is closed");
    /// assert_eq!(error.app_data::<String>().as_deref(), Some("the shop is closed"));
    /// ```
    #[expect(clippy::needless_pass_by_value, reason = "`Error::app(Refusal::TooLate)` is what users write")]
    pub fn app(data: impl AppData) -> Self {
        let mut bytes = Vec::new();
        match binary::write(&data, &Limits::VALUE, &mut bytes) {
            Ok(_) => Self::from_content(Content::App { data: bytes.into_boxed_slice() }),
            Err(error) => Self::from(error),
        }
    }

    /// An error that is only a text, for the log and for development.
    pub fn msg(message: impl fmt::Display) -> Self {
        Self::from_content(Content::Message(message.to_string()))
    }

    /// The error of a library that has a type of its own for any error, such as `anyhow`:
    /// `parse(text).map_err(Error::other)?`. Also from a text.
    pub fn other(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        match error.into().downcast::<Boxed>() {
            Ok(boxed) => boxed.0,
            Err(error) => Self::from_content(Content::Other(Foreign::new(error))),
        }
    }

    /// The same error, marked as one that another attempt would meet again: a scheduled function that fails with
    /// it is not retried, whatever its policy.
    ///
    /// Application errors are permanent unless they are marked as transient; other errors are transient unless they
    /// are marked as permanent, or follow from the code and the arguments alone.
    pub fn permanent(error: impl Into<Self>) -> Self {
        error.into().marked(true)
    }

    /// The same error, marked as one that may be gone next time: a scheduled function that fails with it is
    /// retried as its policy says.
    pub fn transient(error: impl Into<Self>) -> Self {
        error.into().marked(false)
    }

    /// The data of an application error, when this is one and the data reads as a `T`.
    pub fn app_data<T: Value>(&self) -> Option<T> {
        binary::read(self.app_bytes()?).ok()
    }

    /// Whether this is an application error, whose data is for the caller.
    pub fn is_app(&self) -> bool {
        self.app_bytes().is_some()
    }

    /// A stable tag: that of the framework's error, `App` for an application error, else `Other`.
    pub fn code(&self) -> &'static str {
        match &self.inside.content {
            Content::App { .. } => "App",
            Content::Message(_) => "Other",
            Content::Other(error) => error.get().and_then(framework_code).unwrap_or("Other"),
            Content::Refused(error) => error.code(),
        }
    }

    /// The error as an `E`, when it is one.
    pub fn downcast_ref<E: StdError + 'static>(&self) -> Option<&E> {
        match &self.inside.content {
            Content::Other(error) => error.get()?.downcast_ref(),
            Content::Refused(error) => (error as &(dyn StdError + 'static)).downcast_ref(),
            Content::App { .. } | Content::Message(_) => None,
        }
    }

    /// The error of type `E` that it is or rests on, if there is one; of a transaction that went over a limit, also that.
    pub(crate) fn find<E: StdError + 'static>(&self) -> Option<&E> {
        let mut next = self.content_error();
        while let Some(error) = next {
            if let Some(found) = error.downcast_ref() {
                return Some(found);
            }
            next = within(error).or_else(|| foreign::source(error));
        }
        let limit = self.inside.limit.as_ref()?;
        (limit as &(dyn StdError + 'static)).downcast_ref()
    }

    /// The same error, of a transaction that went over a limit.
    pub(crate) fn of_limit(mut self, limit: Option<DbError>) -> Self {
        self.inside.limit = limit;
        self
    }

    /// The framework's error of type `E` itself, if it is one.
    pub(crate) fn downcast<E: StdError + 'static>(self) -> Result<E, Self> {
        match self.inside.content {
            Content::Other(error) => match error.downcast() {
                Ok(error) => Ok(error),
                Err(error) => {
                    Err(Self { inside: Box::new(Inside { content: Content::Other(error), ..*self.inside }) })
                }
            },
            content => Err(Self { inside: Box::new(Inside { content, ..*self.inside }) }),
        }
    }

    /// What the error, or one that it rests on, was marked as, if any was.
    pub(crate) fn said_permanent(&self) -> Option<bool> {
        self.inside.permanent.or_else(|| self.find::<Boxed>()?.0.said_permanent())
    }

    /// Whether it is an application error, or rests on one.
    pub(crate) fn rests_on_app(&self) -> bool {
        self.is_app() || self.find::<Boxed>().is_some_and(|boxed| boxed.0.rests_on_app())
    }

    /// The error that is its content, if it has one.
    fn content_error(&self) -> Option<&(dyn StdError + 'static)> {
        match &self.inside.content {
            Content::Other(error) => error.get(),
            Content::Refused(error) => Some(error),
            Content::App { .. } | Content::Message(_) => None,
        }
    }

    /// The data of an application error as JSON.
    pub(crate) fn app_json(&self, format: JsonFormat) -> Option<String> {
        let mut text = Vec::new();
        binary::to_json(self.app_bytes()?, format, &mut text).ok()?;
        String::from_utf8(text).ok()
    }

    /// The refusal of a call from outside, which tells its caller nothing that it does not know.
    pub(crate) fn refused(error: CallError) -> Self {
        Self::from_content(Content::Refused(error))
    }

    pub(crate) fn refusal(&self) -> Option<&CallError> {
        match &self.inside.content {
            Content::Refused(error) => Some(error),
            Content::App { .. } | Content::Message(_) | Content::Other(_) => None,
        }
    }

    fn app_bytes(&self) -> Option<&[u8]> {
        match &self.inside.content {
            Content::App { data } => Some(data),
            Content::Message(_) | Content::Other(_) | Content::Refused(_) => None,
        }
    }

    fn marked(mut self, permanent: bool) -> Self {
        self.inside.permanent = Some(permanent);
        self
    }

    fn from_content(content: Content) -> Self {
        Self { inside: Box::new(Inside { content, permanent: None, limit: None }) }
    }
}

impl<E: StdError + Send + Sync + 'static> From<E> for Error {
    fn from(error: E) -> Self {
        Self::from_content(Content::Other(Foreign::new(Box::new(error))))
    }
}

/// An [`Error`] where a standard error is asked for, such as in a `main` that returns `Box<dyn Error>`.
struct Boxed(Error);

impl fmt::Display for Boxed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Boxed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl StdError for Boxed {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.content_error()
    }
}

impl From<Error> for Box<dyn StdError + Send + Sync> {
    fn from(error: Error) -> Self {
        match *error.inside {
            Inside { content: Content::Other(error), permanent: None, limit: None } => error.into_box(),
            inside => Box::new(Boxed(Error { inside: Box::new(inside) })),
        }
    }
}

impl From<Error> for Box<dyn StdError> {
    fn from(error: Error) -> Self {
        Box::<dyn StdError + Send + Sync>::from(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.inside.content {
            Content::App { .. } => {
                write!(
                    f,
                    "application error: {}",
                    self.app_json(JsonFormat::Clean).as_deref().unwrap_or("(unreadable)")
                )
            }
            Content::Message(message) => f.write_str(message),
            Content::Other(error) => error.get().map_or(Ok(()), |error| Text(error).fmt(f)),
            Content::Refused(error) => error.fmt(f),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)?;
        let mut source = self.content_error().and_then(foreign::source);
        let mut told = self.to_string();
        while let Some(error) = source {
            let cause = Text(error).to_string();
            // Many errors tell their cause themselves.
            if !told.contains(&cause) {
                write!(f, "\ncaused by: {cause}")?;
            }
            told = cause;
            source = foreign::source(error);
        }
        Ok(())
    }
}

/// The error inside one of ours that speaks with its words, and so hides it from those who follow the sources.
fn within<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a (dyn StdError + 'static)> {
    let of_schedule = match error.downcast_ref() {
        Some(ScheduleError::Db(error)) => Some(error),
        _ => None,
    };
    let of_cron = || match error.downcast_ref() {
        Some(CronError::Db(error)) => Some(error),
        _ => None,
    };
    if let Some(error) = of_schedule.or_else(of_cron) {
        return Some(error);
    }
    match error.downcast_ref() {
        Some(DbError::Store(error)) => Some(error),
        _ => None,
    }
}

/// The tag of an error that is one of ours, looked at from the outside in.
fn framework_code(error: &(dyn StdError + 'static)) -> Option<&'static str> {
    None.or_else(|| error.downcast_ref::<CallError>().map(CallError::code))
        .or_else(|| error.downcast_ref::<DbError>().map(DbError::code))
        .or_else(|| error.downcast_ref::<CronError>().map(CronError::code))
        .or_else(|| error.downcast_ref::<HttpError>().map(HttpError::code))
        .or_else(|| error.downcast_ref::<ScheduleError>().map(ScheduleError::code))
        .or_else(|| error.downcast_ref::<StoreError>().map(StoreError::code))
        .or_else(|| error.downcast_ref::<StartError>().map(StartError::code))
        .or_else(|| error.downcast_ref::<TransferError>().map(TransferError::code))
        .or_else(|| error.downcast_ref::<BackupError>().map(BackupError::code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn application_data_reads_back_typed() {
        let error = Error::app(vec![1_i64, 2]);
        assert!(error.is_app());
        assert_eq!(error.code(), "App");
        assert_eq!(error.app_data::<Vec<i64>>(), Some(vec![1, 2]));
        assert_eq!(error.app_data::<String>(), None);
    }

    #[test]
    fn every_library_error_converts_and_keeps_its_type() {
        fn parse() -> Result<u8> {
            Ok("x".parse::<u8>()?)
        }
        let error = parse().expect_err("`x` is no number");
        assert_eq!(error.code(), "Other");
        assert!(error.downcast_ref::<std::num::ParseIntError>().is_some());
    }

    #[test]
    fn what_an_error_rests_on_is_found_however_it_is_wrapped() {
        #[derive(Debug, thiserror::Error)]
        #[error("the order was not placed")]
        struct NotPlaced(#[source] ScheduleError);

        let error = Error::from(NotPlaced(ScheduleError::Db(DbError::Store(StoreError::Closed))));
        assert!(matches!(error.find(), Some(StoreError::Closed)));
        assert!(matches!(error.find(), Some(DbError::Store(_))));
        assert!(error.find::<CallError>().is_none());
        let error = Error::app("declined").of_limit(Some(DbError::InvalidCursor));
        assert!(matches!(error.find(), Some(DbError::InvalidCursor)));
    }

    #[test]
    fn what_an_error_says_of_itself_survives_a_box_and_another_error() {
        #[derive(Debug, thiserror::Error)]
        #[error("charging the card")]
        struct Context(#[source] Box<dyn StdError + Send + Sync>);

        let boxed = |error: Error| Box::<dyn StdError + Send + Sync>::from(error);
        let gone = || Error::permanent(Error::from("x".parse::<u8>().expect_err("no number")));
        for error in [Error::other(boxed(gone())), Error::from(Context(boxed(gone())))] {
            assert_eq!(error.said_permanent(), Some(true));
            assert!(error.find::<std::num::ParseIntError>().is_some());
        }
        assert_eq!(Error::other(boxed(Error::app(7_i64))).app_data(), Some(7_i64));
        assert!(Error::from(Context(boxed(Error::app("declined")))).rests_on_app());
        assert_eq!(Error::other("a text").to_string(), "a text");
    }

    #[test]
    fn it_becomes_a_boxed_standard_error() {
        fn main() -> Result<(), Box<dyn StdError>> {
            Err(Error::msg("no"))?
        }
        assert_eq!(main().expect_err("it fails").to_string(), "no");
    }

    #[test]
    fn framework_errors_keep_their_tag() {
        let error = Error::from(CallError::ForeignAwait { path: "a:b".into() });
        assert_eq!(error.code(), "ForeignAwait");
    }
}
