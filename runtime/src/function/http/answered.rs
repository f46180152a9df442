//! Requests that a test answers in the place of the network.
//!
//! Invariant: whoever sent the request gets what reqwest would give: its answers, and its errors.

use std::future::pending;
use std::time::Duration;

use reqwest::dns::{Name, Resolve, Resolving};
use reqwest::{Client, Request, Response, ResponseBuilderExt as _, Url};

use crate::env::{Env, HttpCall, Outcome, Service};

/// Names that lead nowhere: there is no such place, or nobody says where it is.
const NOBODY: &str = "http://nobody.invalid/";
const SILENCE: &str = "http://silence.invalid/";

/// The answer to a request that may take so long, on the application's clock.
pub(super) async fn answered(
    env: &Env,
    service: Service,
    mut request: Request,
    longest: Duration,
) -> reqwest::Result<Response> {
    let limit = request.timeout().copied().unwrap_or(longest);
    let body = request.body_mut().take().unwrap_or_default();
    let call = HttpCall {
        method: request.method().clone(),
        url: request.url().clone(),
        headers: request.headers().clone(),
        // Whatever it is made of.
        body: Response::from(http::Response::new(body)).bytes().await?.into(),
        at: env.now(),
    };
    let answer = service.ask(&call);
    let status = match answer.outcome {
        Outcome::Answer(status) if answer.after < limit => status,
        Outcome::Refused if answer.after < limit => {
            env.sleep(answer.after).await;
            return Err(failure(env, NOBODY, request.url()).await);
        }
        Outcome::Silence | Outcome::Answer(_) | Outcome::Refused => {
            env.sleep(limit).await;
            return Err(failure(env, SILENCE, request.url()).await);
        }
    };
    env.sleep(answer.after).await;
    let response = http::Response::builder().status(status).url(request.url().clone()).body(answer.body);
    let mut response = response.expect("a status and a place are a head");
    *response.headers_mut() = answer.headers;
    Ok(response.into())
}

/// The error of a request of which nothing comes. It is reqwest's own, of a request to a name that leads nowhere.
async fn failure(env: &Env, nowhere: &str, url: &Url) -> reqwest::Error {
    let _under_way = env.outside_work();
    let failed = match Client::builder().no_proxy().dns_resolver(Nowhere).build() {
        // Of silence there has been enough; that nobody is there is known at once.
        Ok(client) if nowhere == SILENCE => {
            client.get(nowhere).timeout(Duration::ZERO).send().await.map(drop)
        }
        Ok(client) => client.get(nowhere).send().await.map(drop),
        Err(error) => Err(error),
    };
    let Err(error) = failed else { unreachable!("`{nowhere}` leads nowhere") };
    error.with_url(url.clone())
}

struct Nowhere;

impl Resolve for Nowhere {
    fn resolve(&self, name: Name) -> Resolving {
        if SILENCE.contains(name.as_str()) {
            return Box::pin(pending());
        }
        Box::pin(async { Err("nobody is there".into()) })
    }
}
