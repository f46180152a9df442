//! Errors of the HTTP requests of actions.

use reqwest::{StatusCode, Url};

/// Why an HTTP request of `ctx.http` came to nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The action was asked to stop. Whether the service has done what it was asked for is not known.
    #[error("the request to {url} was given up: the action was canceled, or the application shuts down")]
    Cancelled {
        /// Where the request went, without a query.
        url: String,
    },
    /// The machine does not let an HTTP client be made.
    #[error("there is no HTTP client: {reason}")]
    NoClient {
        /// What is wrong.
        reason: String,
    },
    /// The request is wrong, nobody answered in time, or the answer is not what was expected.
    #[error(transparent)]
    Failed(#[from] reqwest::Error),
}

impl HttpError {
    pub(crate) fn cancelled(url: &Url) -> Self {
        // What else is in a URL may be secret.
        Self::Cancelled { url: format!("{}{}", url.origin().ascii_serialization(), url.path()) }
    }

    /// A stable tag for tests, metrics and clients.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cancelled { .. } => "HttpCancelled",
            Self::NoClient { .. } => "HttpNoClient",
            Self::Failed(_) => "HttpFailed",
        }
    }

    /// Whether the action was asked to stop.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cancelled { .. })
    }

    /// Whether the request could not even be made, since its URL, a header or its body is wrong. A scheduled function that
    /// fails with it is not retried.
    pub fn is_builder(&self) -> bool {
        self.failed().is_some_and(reqwest::Error::is_builder)
    }

    /// Whether the answer did not come in time.
    pub fn is_timeout(&self) -> bool {
        self.failed().is_some_and(reqwest::Error::is_timeout)
    }

    /// Whether there was no connection.
    pub fn is_connect(&self) -> bool {
        self.failed().is_some_and(reqwest::Error::is_connect)
    }

    /// The status of an answer that was asked to be no failure.
    pub fn status(&self) -> Option<StatusCode> {
        self.failed().and_then(reqwest::Error::status)
    }

    fn failed(&self) -> Option<&reqwest::Error> {
        match self {
            Self::Failed(error) => Some(error),
            Self::Cancelled { .. } | Self::NoClient { .. } => None,
        }
    }
}
