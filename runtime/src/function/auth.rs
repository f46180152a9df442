//! Who calls a function.
//!
//! Invariant: says who the caller is; proving it is the network's business.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;

/// The verified identity of a caller.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Identity {
    /// Issuer and subject joined by `|`: a stable key for the user.
    pub token_identifier: String,
    /// The user, in the issuer's terms.
    pub subject: String,
    /// Who vouches for the identity.
    pub issuer: String,
    /// The user's full name, if the issuer tells it.
    pub name: Option<String>,
    /// The user's mail address, if the issuer tells it.
    pub email: Option<String>,
    /// Whether the issuer has verified the mail address.
    pub email_verified: Option<bool>,
    /// The address of the user's picture.
    pub picture_url: Option<String>,
    /// All other claims, each as JSON text.
    pub claims: BTreeMap<String, String>,
}

/// The caller's identity, if there is one. `ctx.auth`.
#[derive(Clone, Debug, Default)]
pub struct Auth {
    identity: Option<Arc<Identity>>,
}

impl Identity {
    /// The identity of `subject` as `issuer` knows it.
    pub fn new(issuer: &str, subject: &str) -> Self {
        Self {
            token_identifier: format!("{issuer}|{subject}"),
            subject: subject.to_owned(),
            issuer: issuer.to_owned(),
            ..Self::default()
        }
    }

    /// The claim `name` as a `T`, if it is there and reads as one.
    pub fn claim<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        serde_json::from_str(self.claims.get(name)?).ok()
    }
}

impl Auth {
    pub(crate) fn new(identity: Option<Arc<Identity>>) -> Self {
        Self { identity }
    }

    /// Who calls; `None` for anonymous callers, scheduled functions and crons.
    pub fn identity(&self) -> Option<&Identity> {
        self.identity.as_deref()
    }
}
