//! The HTTP client of actions.
//!
//! Invariant: one client for the whole application, so that connections are pooled.

use crate::error::StartError;
use crate::knobs::Knobs;

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
