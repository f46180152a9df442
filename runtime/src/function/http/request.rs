//! A request that has not been sent yet.
//!
//! Invariant: says what reqwest's builder says; only how it is sent differs.

use std::fmt;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Body, RequestBuilder, Version};
use serde::Serialize;

use crate::error::HttpError;
use crate::function::http::HttpClient;
use crate::function::http::response::HttpResponse;

/// A request of [`HttpClient`](crate::HttpClient) that is sent by [`send`](Self::send); before that, its methods say what it is.
///
/// What is wrong with it, such as a header that is none, comes out of `send`.
#[must_use = "the request is not sent before `.send().await`"]
pub struct HttpRequest {
    /// Or why there is no client to send it with.
    builder: Result<RequestBuilder, HttpError>,
    http: HttpClient,
}

impl HttpRequest {
    pub(super) fn new(builder: Result<RequestBuilder, HttpError>, http: HttpClient) -> Self {
        Self { builder, http }
    }

    /// Adds a header.
    pub fn header<K, V>(self, name: K, value: V) -> Self
    where
        HeaderName: TryFrom<K>,
        <HeaderName as TryFrom<K>>::Error: Into<http::Error>,
        HeaderValue: TryFrom<V>,
        <HeaderValue as TryFrom<V>>::Error: Into<http::Error>,
    {
        self.with(|builder| builder.header(name, value))
    }

    /// Sets headers, in the place of those of the same names.
    pub fn headers(self, headers: HeaderMap) -> Self {
        self.with(|builder| builder.headers(headers))
    }

    /// Authenticates by name and password.
    pub fn basic_auth(self, name: impl fmt::Display, password: Option<impl fmt::Display>) -> Self {
        self.with(|builder| builder.basic_auth(name, password))
    }

    /// Authenticates by a token.
    pub fn bearer_auth(self, token: impl fmt::Display) -> Self {
        self.with(|builder| builder.bearer_auth(token))
    }

    /// Sets the body.
    pub fn body(self, body: impl Into<Body>) -> Self {
        self.with(|builder| builder.body(body))
    }

    /// Sets the body to a value as JSON.
    pub fn json<T: Serialize + ?Sized>(self, value: &T) -> Self {
        self.with(|builder| builder.json(value))
    }

    /// Sets the body to the fields of a form.
    pub fn form<T: Serialize + ?Sized>(self, fields: &T) -> Self {
        self.with(|builder| builder.form(fields))
    }

    /// How long the request may take, from connecting to the end of the body, instead of `Knobs::http_timeout`.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.with(|builder| builder.timeout(timeout))
    }

    /// The version of HTTP.
    pub fn version(self, version: Version) -> Self {
        self.with(|builder| builder.version(version))
    }

    /// Anything else that reqwest's builder can do.
    pub fn with(self, change: impl FnOnce(RequestBuilder) -> RequestBuilder) -> Self {
        Self { builder: self.builder.map(change), ..self }
    }

    /// Sends the request; returns when the head of the answer has come.
    ///
    /// # Errors
    /// [`HttpError::Cancelled`] when the action is or was asked to stop; [`HttpError::Failed`] when the request is wrong, or nobody
    /// answers in time; [`HttpError::NoClient`]. An answer that tells of a failure is an answer: see [`HttpResponse::error_for_status`].
    pub async fn send(self) -> Result<HttpResponse, HttpError> {
        let Self { builder, http } = self;
        let (client, request) = builder?.build_split();
        let request = request?;
        let url = request.url().clone();
        let response = http.unless_cancelled(&url, http.client.execute(&client, request)).await?;
        Ok(HttpResponse::new(response, http))
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HttpRequest").field(&self.builder).finish()
    }
}
