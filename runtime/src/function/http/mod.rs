//! The HTTP client of actions: reqwest, with requests that end when their action is asked to stop.
//!
//! Invariant: one reqwest client for the whole application, so that connections are pooled, made when it is first wanted; each
//! action looks at its own cancellation.

mod answered;
mod request;
mod response;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use reqwest::{IntoUrl, Method, Request, Response, Url};

use crate::env::Env;
use crate::error::HttpError;
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
    client: Arc<SharedClient>,
    cancellation: Cancellation,
}

/// The client of an application. To make one reads the system's certificates, which takes longer than everything else at a start
/// in memory.
#[derive(Debug)]
pub(crate) struct SharedClient {
    env: Env,
    timeout: Duration,
    connect_timeout: Duration,
    idle_connections: usize,
    /// Or why it could not be made.
    client: OnceLock<Result<reqwest::Client, String>>,
}

impl HttpClient {
    pub(super) fn new(client: Arc<SharedClient>, cancellation: Cancellation) -> Self {
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
        let builder = self.client().map(|client| client.request(method, url));
        HttpRequest::new(builder, self.clone())
    }

    /// Waits for the network, unless the action is or was asked to stop.
    async fn unless_cancelled<T>(
        &self,
        url: &Url,
        network: impl Future<Output = reqwest::Result<T>>,
    ) -> Result<T, HttpError> {
        let done = self.cancellation.unless_requested(network).await;
        Ok(done.ok_or_else(|| HttpError::cancelled(url))??)
    }

    /// The client underneath, for libraries that want one, and for what has to be said to a service after the action was asked to
    /// stop. What it sends does not end then.
    ///
    /// # Errors
    /// [`HttpError::NoClient`] when the machine does not let one be made.
    pub fn client(&self) -> Result<&reqwest::Client, HttpError> {
        self.client.get()
    }
}

impl SharedClient {
    pub(crate) fn new(env: Env, knobs: &Knobs) -> Self {
        Self {
            env,
            timeout: knobs.http_timeout,
            connect_timeout: knobs.http_connect_timeout,
            idle_connections: knobs.http_idle_connections,
            client: OnceLock::new(),
        }
    }

    /// Sends a request to the network, or to the test that answers in its place.
    async fn execute(&self, client: &reqwest::Client, request: Request) -> reqwest::Result<Response> {
        match self.env.http_service() {
            None => self.in_the_network(client.execute(request)).await,
            Some(service) => answered::answered(&self.env, service, request, self.timeout).await,
        }
    }

    /// Waits for the network, and says so.
    async fn in_the_network<T>(&self, network: impl Future<Output = T>) -> T {
        let _under_way = self.env.outside_work();
        network.await
    }

    fn get(&self) -> Result<&reqwest::Client, HttpError> {
        let client = self.client.get_or_init(|| self.build().map_err(|error| error.to_string()));
        client.as_ref().map_err(|reason| HttpError::NoClient { reason: reason.clone() })
    }

    fn build(&self) -> reqwest::Result<reqwest::Client> {
        // An application that has chosen its own provider of cryptography keeps it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        reqwest::Client::builder()
            .timeout(self.timeout)
            .connect_timeout(self.connect_timeout)
            .pool_max_idle_per_host(self.idle_connections)
            .user_agent(concat!("mainspring/", env!("CARGO_PKG_VERSION")))
            .build()
    }
}
