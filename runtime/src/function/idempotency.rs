//! Idempotency keys: a call that is made again gets what it got the first time.
//!
//! What the first call returned is a document, written in the mutation's own commit. Of two calls at the same time one
//! loses the conflict over that document, runs again, and finds it.
//!
//! Invariant: a mutation has committed under a key exactly if its record is there, until the record's time is over.

use std::future::Future;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::db::{Index, Query, Transaction};
use crate::env::PausePoint;
use crate::error::{CallError, Error, Result};
use crate::function::context::MutationCtx;
use crate::function::unique::LONGEST_KEY;
use crate::value::{
    Bytes, Doc, Document, EncodeError, IndexSpec, JsonFormat, KeyWriter, Limits, Timestamp, Value, binary,
    json,
};

/// The idempotency key of a [`Call`](crate::Call), given by [`Call::idempotency_key`](crate::Call::idempotency_key).
#[derive(Clone, Debug)]
pub struct IdempotencyKey {
    text: String,
}

/// What a call may carry beside its arguments: an [`IdempotencyKey`], or nothing.
pub trait CallKey<T>: Sealed + Send + Sync + 'static {
    /// What the arguments are told by.
    #[doc(hidden)]
    type Fingerprint: Copy + Send + Sync;

    #[doc(hidden)]
    fn fingerprint<A: AsRef<[u8]>, E>(
        &self,
        arguments: impl FnOnce() -> Result<A, E>,
    ) -> Result<Self::Fingerprint, E>;

    /// What the first call under the key returned, or else what `run` does.
    #[doc(hidden)]
    fn once(
        &self,
        ctx: &MutationCtx,
        path: &'static str,
        fingerprint: Self::Fingerprint,
        run: impl Future<Output = Result<T>> + Send,
    ) -> impl Future<Output = Result<T>> + Send;
}

/// Refused by the scheduler.
#[diagnostic::on_unimplemented(
    message = "a call with an idempotency key cannot be scheduled",
    label = "has an idempotency key",
    note = "a scheduled mutation runs exactly once as it is",
    note = "to schedule it once, name a key of the scheduler: `ctx.scheduler.run_after(…).unique(key)`"
)]
pub trait NoKey {}

#[doc(hidden)]
pub trait Sealed {}

impl Sealed for () {}
#[diagnostic::do_not_recommend]
impl NoKey for () {}

impl<T> CallKey<T> for () {
    type Fingerprint = ();

    fn fingerprint<A, E>(&self, _: impl FnOnce() -> Result<A, E>) -> Result<(), E> {
        Ok(())
    }

    fn once(
        &self,
        _: &MutationCtx,
        _: &'static str,
        (): (),
        run: impl Future<Output = Result<T>> + Send,
    ) -> impl Future<Output = Result<T>> + Send {
        run
    }
}

impl Sealed for IdempotencyKey {}

impl<T: Value> CallKey<T> for IdempotencyKey {
    type Fingerprint = [u8; 32];

    fn fingerprint<A: AsRef<[u8]>, E>(
        &self,
        arguments: impl FnOnce() -> Result<A, E>,
    ) -> Result<[u8; 32], E> {
        Ok(Sha256::digest(canonical(arguments()?.as_ref())).into())
    }

    async fn once(
        &self,
        ctx: &MutationCtx,
        path: &'static str,
        fingerprint: [u8; 32],
        run: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        let caller = ctx.auth.identity().map(|identity| identity.token_identifier.clone());
        if let Some(first) = self.first(ctx, path, caller.as_ref()).await? {
            self.expect_same(ctx, path, &fingerprint, &first)?;
            let result = binary::read(&first.result);
            return result.map_err(|source| {
                let key = self.text.clone();
                CallError::IdempotentResultUnreadable { path: path.to_owned(), key, source }.into()
            });
        }
        let output = run.await?;
        let mut result = Vec::new();
        binary::write(&output, &Limits::VALUE, &mut result)
            .map_err(|source| CallError::InvalidValue { path: path.to_owned(), source })?;
        let record = IdempotentCall {
            caller,
            key: self.text.clone(),
            function: path.to_owned(),
            arguments: Bytes::from(fingerprint.to_vec()),
            result: Bytes::from(result),
            time: ctx.now(),
        };
        ctx.transaction().uncounted(async |transaction| transaction.insert(record).map(drop)).await?;
        ctx.scope().engine.env.pass(PausePoint::ResultWritten);
        Ok(output)
    }
}

/// Arguments as a text that is the same for equal ones: a `HashMap` is encoded in an order of its own each time.
fn canonical(arguments: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    match binary::to_json(arguments, JsonFormat::Encoded, &mut text) {
        Ok(()) => json::sorted(&text).into_bytes(),
        Err(_) => arguments.to_vec(),
    }
}

impl IdempotencyKey {
    pub(super) fn new(text: String) -> Self {
        Self { text }
    }

    /// The record of the first call under this key, unless its time is over.
    async fn first(
        &self,
        ctx: &MutationCtx,
        path: &str,
        caller: Option<&String>,
    ) -> Result<Option<Doc<IdempotentCall>>> {
        let length = self.text.len();
        if !(1..=LONGEST_KEY).contains(&length) {
            let path = path.to_owned();
            return Err(CallError::InvalidIdempotencyKey { path, length, limit: LONGEST_KEY }.into());
        }
        let of_key = by_key().eq(caller.cloned()).eq(self.text.clone());
        let over = ctx.now() - ctx.scope().engine.knobs.idempotency_retention;
        let found = ctx.transaction().uncounted(async |transaction| {
            let found = Query::<IdempotentCall>::new(transaction).with_index(of_key).first().await?;
            match found {
                Some(record) if record.time < over => {
                    transaction.delete(record.id).await?;
                    Ok(None)
                }
                found => Ok(found),
            }
        });
        Ok(found.await?)
    }

    /// Refuses a key that stands for another call.
    fn expect_same(
        &self,
        ctx: &MutationCtx,
        path: &'static str,
        fingerprint: &[u8],
        first: &IdempotentCall,
    ) -> Result<(), Error> {
        // The function may have had another name then.
        let function = ctx.scope().engine.registry.present_path(&first.function);
        let stands_for = if function != path {
            format!("a call of `{function}`")
        } else if *first.arguments != *fingerprint {
            "a call with other arguments".to_owned()
        } else {
            return Ok(());
        };
        let (path, key) = (path.to_owned(), self.text.clone());
        Err(CallError::IdempotencyKeyTaken { path, key, stands_for }.into())
    }
}

/// What became of the first call under a key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub(crate) struct IdempotentCall {
    /// The caller's token identifier, if it has an identity: the key is the caller's own.
    caller: Option<String>,
    key: String,
    function: String,
    /// The fingerprint of the arguments.
    arguments: Bytes,
    /// What it returned, in its stored form.
    result: Bytes,
    pub(crate) time: Timestamp,
}

impl IdempotentCall {
    /// The records of calls that committed before `time`, earliest first.
    pub(crate) fn before(transaction: &Transaction, time: Timestamp) -> Query<'_, Self> {
        let by_time = Index::<Self, (Timestamp, ())>::new(1);
        Query::<Self>::new(transaction).with_index(by_time.lt(time))
    }
}

impl Value for IdempotentCall {}

impl Document for IdempotentCall {
    const TABLE: &'static str = "_idempotent_calls";
    const INDEXES: &'static [IndexSpec] = &[
        IndexSpec { name: "by_caller_and_key", fields: &["caller", "key"] },
        IndexSpec { name: "by_time", fields: &["time"] },
    ];

    fn index_key(&self, index: usize, key: &mut KeyWriter) -> Result<(), EncodeError> {
        if index == 1 {
            return key.field(&self.time);
        }
        key.field(&self.caller)?;
        key.field(&self.key)
    }
}

fn by_key() -> Index<IdempotentCall, (Option<String>, (String, ()))> {
    Index::new(0)
}
