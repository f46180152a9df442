//! The services that applications under test talk to over HTTP, in the words of a test.
//!
//! Invariant: knows what was asked and what is answered; who asks, and how, is not known here.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::value::Timestamp;

/// A request that an application under test has sent.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct HttpCall {
    /// The method.
    pub method: Method,
    /// Where it goes.
    pub url: Url,
    /// What it says of itself, without what a connection adds: `host`, `content-length`, `user-agent`.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
    /// When it was sent, by the application's clock.
    pub at: Timestamp,
}

/// What a service answers, and when.
#[derive(Clone, Debug)]
pub struct HttpAnswer {
    pub(crate) outcome: Outcome,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    pub(crate) after: Duration,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Outcome {
    Answer(StatusCode),
    /// There is no connection.
    Refused,
    /// There is no answer.
    Silence,
}

type Answer = dyn Fn(&HttpCall) -> HttpAnswer + Send + Sync;

/// Who answers, and what was asked.
#[derive(Default)]
pub(super) struct Services {
    /// Without it, requests go to the network.
    answer: Mutex<Option<Arc<Answer>>>,
    calls: Arc<Mutex<Vec<HttpCall>>>,
}

/// A test that answers.
pub(crate) struct Service {
    answer: Arc<Answer>,
    calls: Arc<Mutex<Vec<HttpCall>>>,
}

impl HttpCall {
    /// A header's value, if there is one and it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as text; what is no UTF-8 is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body, read as JSON.
    ///
    /// # Errors
    /// When it does not read as a `T`.
    pub fn json<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_slice(&self.body)
    }
}

impl HttpAnswer {
    /// An empty answer with a status: `204`, `503`.
    ///
    /// # Panics
    /// When it is no status.
    pub fn status(status: u16) -> Self {
        let status = StatusCode::from_u16(status);
        Self::of(Outcome::Answer(status.unwrap_or_else(|_| panic!("a status has three digits"))))
    }

    /// A text, with status 200.
    pub fn text(text: impl Into<String>) -> Self {
        let body = text.into().into_bytes();
        Self { body, ..Self::status(200).header("content-type", "text/plain; charset=utf-8") }
    }

    /// A value as JSON, with status 200.
    ///
    /// # Panics
    /// When the value cannot be JSON.
    pub fn json<T: Serialize + ?Sized>(value: &T) -> Self {
        let body = serde_json::to_vec(value).unwrap_or_else(|error| panic!("no JSON: {error}"));
        Self { body, ..Self::status(200).header("content-type", "application/json") }
    }

    /// Nobody is there: the request fails, and [`HttpError::is_connect`](crate::HttpError::is_connect) says so.
    pub fn refused() -> Self {
        Self::of(Outcome::Refused)
    }

    /// No answer comes: the request fails when its time is over, and
    /// [`HttpError::is_timeout`](crate::HttpError::is_timeout) says so.
    pub fn never() -> Self {
        Self::of(Outcome::Silence)
    }

    /// The same with another status.
    ///
    /// # Panics
    /// When it is no status.
    pub fn with_status(self, status: u16) -> Self {
        Self { outcome: Self::status(status).outcome, ..self }
    }

    /// The same with a header, in the place of one of the same name.
    ///
    /// # Panics
    /// When it is no header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::try_from(name).unwrap_or_else(|error| panic!("{name:?}: {error}"));
        let value = HeaderValue::try_from(value).unwrap_or_else(|error| panic!("{value:?}: {error}"));
        self.headers.insert(name, value);
        self
    }

    /// The same, so much later by the application's clock.
    pub fn after(self, delay: Duration) -> Self {
        Self { after: delay, ..self }
    }

    fn of(outcome: Outcome) -> Self {
        Self { outcome, headers: HeaderMap::new(), body: Vec::new(), after: Duration::ZERO }
    }
}

impl Services {
    /// Who answers from now on.
    pub(super) fn set(&self, answer: Arc<Answer>) {
        *self.answer.lock() = Some(answer);
    }

    /// Who answers now.
    pub(super) fn get(&self) -> Option<Service> {
        let answer = self.answer.lock().clone()?;
        Some(Service { answer, calls: Arc::clone(&self.calls) })
    }

    /// The calls so far.
    pub(super) fn calls(&self) -> Vec<HttpCall> {
        self.calls.lock().clone()
    }
}

impl Service {
    /// The answer to a call.
    pub(crate) fn ask(&self, call: &HttpCall) -> HttpAnswer {
        self.calls.lock().push(call.clone());
        (self.answer)(call)
    }
}
