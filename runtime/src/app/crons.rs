//! The crons of an application that does not run, told for people.
//!
//! Invariant: starts nothing and changes nothing. What the code declares is told as the next start will have it.

use std::collections::HashMap;
use std::io::{self, Write};

use crate::app::builder::Offline;
use crate::app::instant::Instant;
use crate::db::decode_document;
use crate::error::Result;
use crate::function::{Cron, CronDefinition, CronSource, next_in_words};
use crate::recurrence::Recurrence;
use crate::value::{Document as _, Timestamp};

/// How many coming runs of each cron are told.
const SHOWN: usize = 5;

/// A cron as it will be.
struct Coming {
    cron: Cron,
    /// Whether no start has had it yet.
    is_new: bool,
    /// What is probably not meant.
    warnings: Vec<String>,
}

/// The crons that data has, by their names.
pub(super) async fn recorded(offline: &Offline) -> Result<HashMap<String, Cron>> {
    let instant = Instant::of(&offline.data).await?;
    let tables = instant.tables().await?.unwrap_or_default();
    let mut crons = HashMap::new();
    for table in tables.iter().filter(|table| table.name == Cron::TABLE) {
        let mut documents = instant.documents_of(table.number);
        while let Some(found) = documents.next().await? {
            for (id, payload) in found {
                let cron = decode_document::<Cron>(table.number, id, &payload)?.value;
                crons.insert(cron.name.clone(), cron);
            }
        }
    }
    Ok(crons)
}

/// Tells the crons of the code and, of those that data has, the registered ones, in the order of their names.
pub(super) fn tell(
    out: &mut impl Write,
    definitions: &[CronDefinition],
    recorded: HashMap<String, Cron>,
    now: Timestamp,
) -> Result<()> {
    let mut crons = Vec::new();
    for definition in definitions {
        let declared = Cron::new(&definition.declaration(), now)?;
        let before = recorded.get(&declared.name).filter(|cron| cron.source == CronSource::Code);
        let is_new = before.is_none();
        let cron = before.map_or(declared.clone(), |before| before.redeclared(declared, now));
        crons.push(Coming { cron, is_new, warnings: definition.schedule.warnings() });
    }
    let registered = recorded.into_values().filter(|cron| cron.source == CronSource::Runtime);
    crons.extend(registered.map(|cron| Coming { cron, is_new: false, warnings: Vec::new() }));
    crons.sort_by(|one, other| one.cron.name.cmp(&other.cron.name));
    if crons.is_empty() {
        writeln!(out, "no crons")?;
    }
    for coming in crons {
        coming.tell(out, now)?;
    }
    Ok(())
}

impl Coming {
    fn tell(&self, out: &mut impl Write, now: Timestamp) -> io::Result<()> {
        let Self { cron, is_new, warnings } = self;
        let origin = if cron.source == CronSource::Runtime { ", registered" } else { "" };
        writeln!(out, "{}\n  {}{origin}\n  {}", cron.name, cron.function, cron.description)?;
        if *is_new && matches!(cron.recurrence(), Some(Recurrence::Interval(_))) {
            writeln!(out, "    counted from the first start of the application with it")?;
        } else {
            for run in next_in_words(cron, now, SHOWN) {
                writeln!(out, "    {run}")?;
            }
        }
        for line in
            warnings.iter().flat_map(|warning| ["probably not meant:"].into_iter().chain(warning.lines()))
        {
            writeln!(out, "  {line}")?;
        }
        Ok(())
    }
}
