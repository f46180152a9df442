//! Calls from outside: a path and JSON in, JSON or a fit-to-be-seen failure out.
//!
//! What an error tells is decided here and nowhere else: the data of application errors always, the rest in
//! development mode only. Both the reply and the log carry the request id.
//!
//! Invariant: reaches public functions only; an internal one looks the same as one that does not exist.

use crate::app::{App, Mode};
use crate::error::Error;
use crate::function::{Asker, Encoded, KindTag, Origin, Request};
use crate::value::JsonFormat;

/// What a caller from outside is told of an error.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// The message, with the request id.
    pub message: String,
    /// The data of an application error, as the wire's JSON.
    pub data: Option<String>,
}

impl App {
    /// Runs the public function `path` with the arguments in `json`, one object, and returns its result in
    /// the wire's JSON. What the network does with a request, without the network.
    ///
    /// # Errors
    /// What a caller from outside may know of any error.
    pub async fn call_json(&self, path: &str, json: &str) -> Result<String, Failure> {
        self.call_json_as(path, json, None).await
    }

    /// As [`call_json`](Self::call_json), but refuses a function of another kind than `asked`.
    pub(crate) async fn call_json_as(
        &self,
        path: &str,
        json: &str,
        asked: Option<KindTag>,
    ) -> Result<String, Failure> {
        let origin = self.origin();
        let outcome = self.call_outside(&origin, path, json, asked).await;
        outcome.map_err(|error| self.tell(&origin, &error))
    }

    async fn call_outside(
        &self,
        origin: &Origin,
        path: &str,
        json: &str,
        asked: Option<KindTag>,
    ) -> Result<String, Error> {
        let _running = self.begin(path).map_err(Error::refused)?;
        let engine = &self.inner.engine;
        let entry = engine.registry.find(path, Asker::Outside).map_err(Error::refused)?;
        if let Some(asked) = asked {
            entry.expect_kind(asked).map_err(Error::refused)?;
        }
        let arguments = Encoded::Json(json.to_owned());
        let request = Request { arguments, reply: Some(JsonFormat::Encoded) };
        let reply = engine.call(origin, entry, &request).await?;
        String::from_utf8(reply).map_err(Error::from)
    }

    /// What may be told of an error.
    fn tell(&self, origin: &Origin, error: &Error) -> Failure {
        let request = origin.request;
        let message = match error.refusal() {
            Some(refusal) => format!("[Request ID: {request}] {refusal}"),
            _ if self.inner.mode == Mode::Development => {
                format!("[Request ID: {request}] Server Error\n{error:?}")
            }
            _ => format!("[Request ID: {request}] Server Error"),
        };
        Failure { message, data: error.app_json(JsonFormat::Encoded) }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}
