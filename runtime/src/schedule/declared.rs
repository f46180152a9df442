//! At start: brings the records of crons in step with what the code declares.
//!
//! Invariant: runs before any cron does, in one transaction. Crons are told apart by their names alone.

use std::collections::HashMap;
use std::sync::Arc;

use crate::db::{CommitFailure, Query, Transaction};
use crate::error::StartError;
use crate::function::{Cron, CronDefinition, CronSource, Engine, delete_with_runs, next_in_words};
use crate::schedule::recovery;
use crate::value::{Doc, Timestamp};

/// How many coming runs of each cron are logged.
const SHOWN: usize = 5;

/// Makes, changes and removes the records of the code's crons.
pub(super) async fn reconcile(engine: &Arc<Engine>) -> Result<(), StartError> {
    let setup = recovery::unlimited(engine, engine.env.seed());
    let now = setup.now;
    let gate = engine.store.gate().await;
    let mut transaction = Transaction::mutation(engine.store.transaction(), setup);
    let mut recorded: HashMap<String, Doc<Cron>> = HashMap::new();
    for cron in Query::<Cron>::new(&transaction).collect().await? {
        recorded.insert(cron.name.clone(), cron);
    }
    for definition in engine.registry.cron_definitions() {
        declare(&transaction, definition, recorded.remove(&definition.name), now).await?;
    }
    for cron in recorded.into_values() {
        if cron.source == CronSource::Code {
            tracing::info!(cron = cron.name, "the code declares this cron no more: removed");
            delete_with_runs(&transaction, cron.id).await?;
        } else {
            transaction.patch(cron.id, |cron: &mut Cron| cron.look_again(now)).await?;
        }
    }
    match transaction.commit(&engine.store, Some(&gate)).await {
        Ok(ts) => Ok(engine.store.durable(ts).await?),
        Err(CommitFailure::Error(error)) => Err(error.into()),
        Err(CommitFailure::Panic(_)) => unreachable!("nothing is left to be changed at the commit"),
        Err(CommitFailure::Conflict(conflict)) => {
            Err(StartError::DamagedCatalog { reason: format!("another commit came at start: {conflict:?}") })
        }
    }
}

async fn declare(
    transaction: &Transaction,
    definition: &CronDefinition,
    recorded: Option<Doc<Cron>>,
    now: Timestamp,
) -> Result<(), StartError> {
    let name = &definition.name;
    // It has been checked; one that is wrong all the same is reported in the same way.
    let declared = Cron::new(&definition.declaration(), now)
        .map_err(|error| StartError::InvalidCrons { report: error.to_string() })?;
    let cron = match &recorded {
        Some(recorded) if recorded.source != CronSource::Code => {
            return Err(StartError::CronNameTaken { name: name.clone(), place: definition.place() });
        }
        Some(recorded) => recorded.redeclared(declared, now),
        None => declared,
    };
    let next = next_in_words(&cron, now, SHOWN).join(", ");
    tracing::info!(
        cron = name,
        function = cron.function,
        runs = cron.description,
        next,
        "the code declares a cron"
    );
    match recorded {
        Some(recorded) => transaction.replace(recorded.id, cron).await?,
        None => {
            transaction.insert(cron)?;
        }
    }
    Ok(())
}
