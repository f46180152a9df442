//! An answer whose body may still be on its way.
//!
//! Invariant: the body is read in ways that end with the action's cancellation, and in no other.

use std::ops::Deref;

use serde::de::DeserializeOwned;

use crate::error::HttpError;
use crate::function::http::HttpClient;

/// The answer to a request of [`HttpClient`](crate::HttpClient). Derefs to `reqwest::Response` for what its head says:
/// `status()`, `headers()`, `url()`, `content_length()`.
#[derive(Debug)]
pub struct HttpResponse {
    response: reqwest::Response,
    http: HttpClient,
}

impl HttpResponse {
    pub(super) fn new(response: reqwest::Response, http: HttpClient) -> Self {
        Self { response, http }
    }

    /// An answer with a status from 400 to 599 as an error. To a retry policy that is an accident, whatever the status: next time
    /// the service may answer otherwise. Who knows that it will not says so:
    ///
    /// ```
    /// # use mainspring::{ActionCtx, Error, Result, reqwest::StatusCode};
    /// # async fn f(ctx: &ActionCtx, url: &str) -> Result<String> {
    /// let answer = ctx.http.get(url).send().await?;
    /// if answer.status() == StatusCode::NOT_FOUND {
    ///     return Err(Error::permanent(Error::msg(format!("there is nothing at {url}"))));
    /// }
    /// # Ok(
    /// answer.error_for_status()?.text().await?
    /// # ) }
    /// ```
    ///
    /// # Errors
    /// [`HttpError::Failed`], whose [`status`](HttpError::status) is that of the answer.
    pub fn error_for_status(self) -> Result<Self, HttpError> {
        Ok(Self { response: self.response.error_for_status()?, ..self })
    }

    /// The body, read as JSON.
    ///
    /// # Errors
    /// When the action is asked to stop, the body does not come, or it does not read as a `T`.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, HttpError> {
        self.read(reqwest::Response::json).await
    }

    /// The body as text; what is no UTF-8 is replaced.
    ///
    /// # Errors
    /// When the action is asked to stop, or the body does not come.
    pub async fn text(self) -> Result<String, HttpError> {
        self.read(reqwest::Response::text).await
    }

    /// The body.
    ///
    /// # Errors
    /// When the action is asked to stop, or the body does not come.
    pub async fn bytes(self) -> Result<Vec<u8>, HttpError> {
        self.read(async |response| response.bytes().await.map(Vec::from)).await
    }

    /// The next piece of the body; `None` at its end.
    ///
    /// # Errors
    /// When the action is asked to stop, or the piece does not come.
    pub async fn chunk(&mut self) -> Result<Option<Vec<u8>>, HttpError> {
        let Self { response, http } = self;
        let url = response.url().clone();
        Ok(http.unless_cancelled(&url, http.client.in_the_network(response.chunk())).await?.map(Vec::from))
    }

    async fn read<T>(
        self,
        read: impl AsyncFnOnce(reqwest::Response) -> reqwest::Result<T>,
    ) -> Result<T, HttpError> {
        let Self { response, http } = self;
        let url = response.url().clone();
        http.unless_cancelled(&url, http.client.in_the_network(read(response))).await
    }
}

impl Deref for HttpResponse {
    type Target = reqwest::Response;

    fn deref(&self) -> &reqwest::Response {
        &self.response
    }
}
