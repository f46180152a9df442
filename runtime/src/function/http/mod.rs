//! The HTTP client of actions: reqwest, with requests that end when their action is asked to stop.
//!
//! Invariant: one reqwest client for the whole application, so that connections are pooled; each action looks at its own
//! cancellation.

mod request;
mod response;

use reqwest::{IntoUrl, Method};

use crate::error::StartError;
use crate::function::cancel::Cancellation;
use crate::knobs::Knobs;

pub use request::HttpRequest;
pub use response::HttpResponse;

/// The HTTP client of an action. `ctx.http`.
///
/// It is used like [`reqwest::Client`](https://docs.rs/reqwest/latest/reqwest/struct.Client.html): connections are pooled for the
/// whole application, and time-outs are those of `Knobs::http_…` unless a request sets its own. Requests, and bodies that are being
/// read, end with [`HttpError::Cancelled`](crate::HttpError::Cancelled) when the action is asked to stop: it was canceled, or the
/// application shuts down and has waited long enough.
#[derive(Clone, Debug)]
pub struct HttpClient {
    client: reqwest::Client,
    cancellation: Cancellation,
}

impl HttpClient {
    pub(super) fn new(client: reqwest::Client, cancellation: Cancellation) -> Self {
        Self { client, cancellation }
    }

    /// A `GET` request.
    pub fn get(&self, url: impl IntoUrl) -> HttpRequest {
        self.request(Method::GET, url)
    }

    /// A `POST` request.
    pub fn post(&self, url: impl IntoUrl) -> HttpRequest {
        self.request(Method::POST, url)
    }

    /// A `PUT` request.
    pub fn put(&self, url: impl IntoUrl) -> HttpRequest {
        self.request(Method::PUT, url)
    }

    /// A `PATCH` request.
    pub fn patch(&self, url: impl IntoUrl) -> HttpRequest {
        self.request(Method::PATCH, url)
    }

    /// A `DELETE` request.
    pub fn delete(&self, url: impl IntoUrl) -> HttpRequest {
        self.request(Method::DELETE, url)
    }

    /// A `HEAD` request.
    pub fn head(&self, url: impl IntoUrl) -> HttpRequest {
        self.request(Method::HEAD, url)
    }

    /// A request with any method.
    pub fn request(&self, method: Method, url: impl IntoUrl) -> HttpRequest {
        HttpRequest::new(self.client.request(method, url), self.cancellation.clone())
    }

    /// The client underneath, for libraries that want one, and for what has to be said to a service after the action was asked to
    /// stop. What it sends does not end then.
    pub fn client(&self) -> &reqwest::Client {
        &self.client
    }
}

/// The client behind `ctx.http`.
pub(crate) fn client(knobs: &Knobs) -> Result<reqwest::Client, StartError> {
    // An application that has chosen its own provider of cryptography keeps it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .timeout(knobs.http_timeout)
        .connect_timeout(knobs.http_connect_timeout)
        .pool_max_idle_per_host(knobs.http_idle_connections)
        .user_agent(concat!("mainspring/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| StartError::HttpClient { reason: error.to_string() })
}
