//! What must be true once everything has come to rest, by the records, by what functions have entered, and by what the
//! server has counted.

mod freight;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::ops::AddAssign;
use std::time::{Duration, SystemTime};

use mainspring::{App, CronRun, CronStatus, ScheduledFunction, ScheduledState};
use mainspring_tests::functions::parcels::ADDRESSES;
use mainspring_tests::kills::{CRASH_LIMIT, WEEK, builder, is_at_rest};
use mainspring_tests::{api, registry};

use super::server::{Call, Server};
use super::{Kills, PATIENCE};

/// What each parcel has one job of.
const JOBS: [&str; 9] =
    ["settle", "stamp", "announce", "deliver", "process_with_retry/1", "load", "ring", "wait", "remind"];

/// How often it is looked for a moment between two slots of the crons.
const MOST_LOOKS: usize = 20;

/// What a run has come across.
#[derive(Default)]
pub(super) struct Totals {
    jobs: usize,
    /// Actions that were running when a process was killed, and failed for that.
    cut: usize,
    /// The same, with a policy: they were tried again.
    retried: usize,
    /// Those that were given up for having been in too many crashes.
    poisoned: usize,
    canceled: usize,
    called_off: usize,
    lost_children: usize,
    failed: usize,
    slots: usize,
    swept: usize,
    /// Jobs that another one has taken the place of.
    replaced: usize,
    /// Jobs that a rate held back.
    held_back: usize,
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.jobs += other.jobs;
        self.cut += other.cut;
        self.retried += other.retried;
        self.poisoned += other.poisoned;
        self.canceled += other.canceled;
        self.called_off += other.called_off;
        self.lost_children += other.lost_children;
        self.failed += other.failed;
        self.slots = other.slots;
        self.swept += other.swept;
        self.replaced += other.replaced;
        self.held_back += other.held_back;
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { jobs, cut, retried, poisoned, canceled, called_off, lost_children, failed, .. } = self;
        let Self { slots, swept, replaced, held_back, .. } = self;
        write!(
            f,
            "{jobs} jobs, {cut} cut, {retried} tried again after a crash, {poisoned} given up, {canceled} canceled, \
             {called_off} called off in time, {lost_children} children of canceled ones, {failed} failed by themselves, \
             {slots} slots of crons, {swept} records swept, {replaced} replaced, {held_back} held back by rates"
        )
    }
}

impl Totals {
    /// Fails if the run has not come across what it was made for.
    pub(super) fn assert_force(&self, server: &Server) {
        let counts =
            [self.cut, self.retried, self.canceled, self.called_off, self.failed, self.slots, self.swept];
        let of_freight = [self.poisoned, self.replaced, self.held_back];
        let counts = counts.iter().chain(&of_freight);
        assert!(counts.into_iter().all(|count| *count > 0), "the run has no force: {self}");
        assert_eq!((server.peak("the ramp"), server.peak("door 1")), (2, 1), "the limits were never reached");
    }
}

struct Audit {
    jobs: HashMap<(String, u32), Vec<(String, ScheduledFunction)>>,
    entries: HashMap<(String, u32), usize>,
    calls: HashMap<(String, String), Vec<Call>>,
    wrong: Vec<String>,
    totals: Totals,
}

/// Brings everything to rest, in this process, and looks at it.
pub(super) async fn audit(run: &mut Kills) -> Totals {
    let builder = builder(registry(), run.folder.path(), &run.server.url, run.life, WEEK, |_| {});
    let app = builder.start().await.expect("it starts");
    let mut wrong = freight::bring_to_rest(&app, run).await;
    come_to_rest(&app).await;
    // Nobody holds a key any more, so each address can be looked up again.
    let own = run.life * 1_000..run.life * 1_000 + ADDRESSES;
    for number in own.clone() {
        app.run_mutation(api::parcels::place(number)).await.expect("placed");
        run.acknowledged.insert(number);
    }
    come_to_rest(&app).await;
    let settled = SystemTime::now();
    let first = run.first_life * 1_000;
    let (mut audit, old) = Audit::of(&app, &run.server, first).await;
    audit.wrong.append(&mut wrong);
    audit.totals.swept = run.known_records.saturating_sub(old);
    run.known_records = old + audit.jobs.values().map(Vec::len).sum::<usize>();
    for number in own {
        audit.expect_entries("to look up", number, 1, "its key is free");
    }
    audit.check(&run.acknowledged);
    audit.freight(run);
    audit.crons(&app, &run.server).await;
    audit.wrong.extend(run.server.excesses());
    let Audit { wrong, totals, .. } = audit;
    assert!(
        wrong.is_empty(),
        "after life {}:\n{}\n{totals}",
        run.life,
        wrong[..wrong.len().min(40)].join("\n")
    );
    let report = app.check().await.expect("it can be read");
    assert!(report.is_sound(), "{report}");
    app.run_mutation(api::parcels::forget()).await.expect("forgotten");
    app.shutdown().await.expect("it stops");
    run.acknowledged.clear();
    run.booked.clear();
    run.first_life = run.life + 1;
    run.sweep_before = Some(settled);
    totals
}

async fn come_to_rest(app: &App) {
    let rest = async {
        while !is_at_rest(&app.idle().await) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let is_over = tokio::time::timeout(PATIENCE, rest).await.is_ok();
    assert!(is_over, "it does not come to rest: {}", app.backlog());
}

/// The crons, whose runs have ended, and the effects of one: as they are at a moment at which no slot is due.
async fn at_rest(app: &App) -> (Vec<CronStatus>, u32) {
    let crons = async || {
        let mut crons = app.crons().await.expect("read");
        crons.retain(|cron| cron.name == "collect" || cron.name == "report");
        crons
    };
    for _ in 0..MOST_LOOKS {
        come_to_rest(app).await;
        let before = crons().await;
        let ticks = app.run_query(api::parcels::ticks("collect".into())).await.expect("read");
        let is_over =
            |run: &CronRun| !matches!(run.state, ScheduledState::Pending | ScheduledState::InProgress);
        if before == crons().await && before.iter().flat_map(|cron| &cron.runs).all(is_over) {
            return (before, ticks);
        }
    }
    panic!("the runs of crons do not end: {:?}", crons().await);
}

impl Audit {
    /// Reads everything about the parcels from `first` on. Returns also how many records there are of earlier ones.
    async fn of(app: &App, server: &Server, first: u32) -> (Self, usize) {
        let mut wrong = Vec::new();
        let mut old = 0;
        let mut jobs: HashMap<_, Vec<_>> = HashMap::new();
        for (id, record) in app.run_query(api::parcels::jobs()).await.expect("read") {
            // Crons go on: see `Audit::crons`.
            if !record.is_finished() && record.cron.is_none() {
                wrong.push(format!("{id} {} is {:?} for ever", record.name, record.state));
            }
            let Some((name, number)) = name_and_number(&record) else { continue };
            if number >= first {
                jobs.entry((name, number)).or_default().push((id, record));
            } else {
                old += 1;
            }
        }
        let mut entries = HashMap::new();
        for entry in app.run_query(api::parcels::entries()).await.expect("read") {
            *entries.entry(entry).or_default() += 1;
        }
        let calls = server.calls();
        (Self { jobs, entries, calls, wrong, totals: Totals::default() }, old)
    }

    fn check(&mut self, acknowledged: &BTreeSet<u32>) {
        let placed: BTreeSet<u32> =
            self.entries.keys().filter(|(kind, _)| kind == "placed").map(|(_, number)| *number).collect();
        for number in acknowledged.difference(&placed) {
            self.wrong.push(format!("{number} was acknowledged and is lost"));
        }
        let known = self.jobs.keys().chain(self.entries.keys());
        let unknown: Vec<_> = known.filter(|(_, number)| !placed.contains(number)).cloned().collect();
        for (what, number) in unknown {
            self.wrong.push(format!("{number} was never placed, and yet there is its `{what}`"));
        }
        self.at_most_once_each();
        for number in placed {
            self.parcel(number);
        }
        self.totals.jobs = self.jobs.len();
    }

    /// No attempt of anything has called twice, whenever that was.
    fn at_most_once_each(&mut self) {
        for ((what, about), calls) in &self.calls {
            let mut attempts = BTreeMap::new();
            for call in calls {
                *attempts.entry(call.attempt).or_insert(0_usize) += 1;
            }
            for (attempt, count) in attempts.into_iter().filter(|(_, count)| *count > 1) {
                self.wrong.push(format!("{what} {about}: attempt {attempt} has called {count} times"));
            }
            if calls.iter().any(|call| call.key != calls[0].key) && what != "process_with_retry" {
                self.wrong.push(format!("{what} {about}: its attempts have different keys"));
            }
        }
    }

    /// What one parcel has set going.
    fn parcel(&mut self, number: u32) {
        for name in JOBS {
            self.expect_records(name, number, 1);
        }
        self.expect_entries("placed", number, 1, "it is one transaction");
        // Mutations: exactly once.
        self.expect_success("settle", number);
        self.expect_entries("settled", number, 1, "exactly once");
        self.expect_success("stamp", number);
        self.expect_entries("stamped", number, 1, "only the last attempt has effects");
        let wanted = self.count("to look up", number);
        self.expect_records("look_up", number, wanted);
        // A mutation that is called off has no effect, and one that is not has.
        let reminded = usize::from(self.state("remind", number) == Some(ScheduledState::Success));
        self.expect_entries("reminded", number, reminded, "as its record says");
        self.expect_entries("called off", number, 1 - reminded, "exactly if it has not run");
        self.totals.called_off += 1 - reminded;
        self.actions_without_a_policy(number);
        self.expect_retried("deliver", number);
        let undelivered = usize::from(self.has_failed("deliver", number));
        self.expect_entries("undelivered", number, undelivered, "its handler runs once, if it has failed");
        self.expect_retried("load", number);
        self.by_hand(number);
    }

    /// At most once, and exactly once if they say so.
    fn actions_without_a_policy(&mut self, number: u32) {
        for name in ["announce", "ring", "wait", "look_up"] {
            self.at_most_once(name, number, &number.to_string());
        }
        let failed = usize::from(self.has_failed("announce", number));
        self.expect_entries("unannounced", number, failed, "its handler runs once, if it has failed");
        let announced = self.jobs_of("announced", number).len();
        self.expect_entries("announced", number, announced, "exactly if it was scheduled");
        if announced > 1 || failed == 0 && announced == 0 {
            self.wrong.push(format!("{number}: an announcement has scheduled {announced} jobs"));
        }
        self.expect_entries("lingered", number, 0, "what a canceled one schedules is canceled");
        for (id, record) in self.jobs_of("linger", number).to_vec() {
            self.totals.lost_children += 1;
            let parent = self.jobs_of("wait", number).first().map(|(id, _)| id.clone());
            if record.state != ScheduledState::Canceled || record.parent.map(|id| id.to_string()) != parent {
                self.wrong.push(format!("{number}: {id}, a child of a canceled one, is {:?}", record.state));
            }
        }
    }

    /// An action that calls `about`.
    fn at_most_once(&mut self, name: &str, number: u32, about: &str) {
        let what = name.split('/').next().unwrap_or(name);
        let calls = self.calls_about(what, about);
        let (count, refused) = (calls.len(), calls.iter().any(|call| !call.succeeded));
        let Some(record) = self.record(name, number) else { return };
        let (state, attempts) = (record.state.clone(), record.attempts);
        if attempts > 1 || count > attempts as usize {
            self.wrong.push(format!("{number}: `{name}` has called {count} times in {attempts} attempts"));
        }
        match state {
            ScheduledState::Success if count == 1 && !refused => {}
            ScheduledState::Canceled if name == "wait" => self.totals.canceled += 1,
            ScheduledState::Failed { error } if error.starts_with("the process ended") => {
                self.totals.cut += 1;
            }
            ScheduledState::Failed { .. } if refused => self.totals.failed += 1,
            state => self.wrong.push(format!("{number}: `{name}` is {state:?} after {count} calls")),
        }
    }

    /// At least once, and no oftener than declared.
    fn expect_retried(&mut self, name: &str, number: u32) {
        let calls = self.calls_of(name, number).to_vec();
        let Some((id, record)) = self.jobs_of(name, number).first().cloned() else { return };
        let count = u32::try_from(calls.len()).expect("few");
        let latest = calls.iter().map(|call| call.attempt).max().unwrap_or_default();
        let about = format!(
            "{number}: `{name}`, {} attempts, {} crashes, {calls:?}",
            record.attempts, record.crashes
        );
        if record.attempts > 6 || record.crashes > CRASH_LIMIT || latest > record.attempts {
            self.wrong.push(format!("{about}: more than its policy allows"));
        }
        // Only what was cut may not have called.
        if count + record.crashes < record.attempts || count > record.attempts {
            self.wrong.push(format!("{about}: the calls and the attempts do not agree"));
        }
        if calls.iter().any(|call| call.key != id) {
            self.wrong.push(format!("{about}: {id} is its key in every attempt"));
        }
        let succeeded = calls.iter().any(|call| call.succeeded);
        self.totals.retried += usize::from(record.crashes > 0);
        match &record.state {
            ScheduledState::Success if succeeded => {}
            ScheduledState::Failed { .. } if record.crashes == CRASH_LIMIT => self.totals.poisoned += 1,
            // An answer that no process lived to take is none.
            ScheduledState::Failed { .. } if record.attempts == 6 && (!succeeded || record.crashes > 0) => {
                self.totals.failed += 1;
            }
            state => self.wrong.push(format!("{about}: it is {state:?}")),
        }
    }

    /// A chain of jobs, of which each schedules the next one if it was refused.
    fn by_hand(&mut self, number: u32) {
        let calls = self.calls_of("process_with_retry", number).to_vec();
        for attempt in 1..=3_u32 {
            let name = format!("process_with_retry/{attempt}");
            let next = self.jobs_of(&format!("process_with_retry/{}", attempt + 1), number).len();
            let call = calls.iter().find(|call| call.attempt == attempt);
            match self.state(&name, number) {
                None if call.is_none() && next == 0 => {}
                Some(ScheduledState::Success) => {
                    let goes_on = call.is_some_and(|call| !call.succeeded);
                    let gave_up = usize::from(goes_on && attempt == 3);
                    if call.is_none() || next != usize::from(goes_on && attempt < 3) {
                        self.wrong.push(format!(
                            "{number}: `{name}` has succeeded, called {call:?}, and scheduled {next}"
                        ));
                    }
                    if attempt == 3 {
                        self.expect_entries("given up", number, gave_up, "after the third refusal");
                    }
                }
                Some(ScheduledState::Failed { .. }) if next <= 1 => self.totals.cut += 1,
                state => self
                    .wrong
                    .push(format!("{number}: `{name}` is {state:?}, called {call:?}, scheduled {next}")),
            }
        }
    }

    /// Each second has one run of each cron, and each run its effect: once, or at most once.
    async fn crons(&mut self, app: &App, server: &Server) {
        let (crons, ticks) = at_rest(app).await;
        let calls = server.calls();
        for cron in crons {
            let mut times: Vec<_> = cron.runs.iter().map(|run| run.scheduled_time).collect();
            times.sort();
            self.totals.slots = times.len();
            let gaps = times.windows(2).filter(|pair| pair[1] - pair[0] != Duration::from_secs(1)).count();
            if gaps > 0 {
                self.wrong
                    .push(format!("`{}`: {gaps} slots are missing or have two runs: {times:?}", cron.name));
            }
            let succeeded = cron.runs.iter().filter(|run| run.state == ScheduledState::Success).count();
            if cron.name == "collect" {
                if (succeeded, ticks as usize) != (times.len(), times.len()) {
                    let runs = times.len();
                    self.wrong.push(format!(
                        "`collect`: {runs} runs, {succeeded} succeeded, {ticks} had their effect"
                    ));
                }
                continue;
            }
            for run in &cron.runs {
                let calls = calls.get(&("report".to_owned(), run.slot.clone())).map_or(0, Vec::len);
                let is_cut = matches!(&run.state, ScheduledState::Failed { error } if error.starts_with("the process"));
                if !(calls == 1 && run.state == ScheduledState::Success || calls <= 1 && is_cut) {
                    self.wrong.push(format!("`report`, {}: {calls} calls, {:?}", run.slot, run.state));
                }
            }
        }
    }

    fn jobs_of(&self, name: &str, number: u32) -> &[(String, ScheduledFunction)] {
        self.jobs.get(&(name.to_owned(), number)).map_or(&[], Vec::as_slice)
    }

    fn record(&self, name: &str, number: u32) -> Option<&ScheduledFunction> {
        self.jobs_of(name, number).first().map(|(_, record)| record)
    }

    fn state(&self, name: &str, number: u32) -> Option<ScheduledState> {
        self.record(name, number).map(|record| record.state.clone())
    }

    fn has_failed(&self, name: &str, number: u32) -> bool {
        matches!(self.state(name, number), Some(ScheduledState::Failed { .. }))
    }

    fn calls_of(&self, what: &str, number: u32) -> &[Call] {
        self.calls_about(what, &number.to_string())
    }

    fn calls_about(&self, what: &str, about: &str) -> &[Call] {
        self.calls.get(&(what.to_owned(), about.to_owned())).map_or(&[], Vec::as_slice)
    }

    fn count(&self, kind: &str, number: u32) -> usize {
        self.entries.get(&(kind.to_owned(), number)).copied().unwrap_or_default()
    }

    fn expect_entries(&mut self, kind: &str, number: u32, expected: usize, why: &str) {
        let count = self.count(kind, number);
        if count != expected {
            self.wrong
                .push(format!("{number}: `{kind}` stands there {count} times and not {expected}: {why}"));
        }
    }

    fn expect_records(&mut self, name: &str, number: u32, expected: usize) {
        let count = self.jobs_of(name, number).len();
        if count != expected {
            self.wrong.push(format!("{number}: there are {count} records of its `{name}`, not {expected}"));
        }
    }

    fn expect_success(&mut self, name: &str, number: u32) {
        let state = self.state(name, number);
        if state != Some(ScheduledState::Success) {
            self.wrong.push(format!("{number}: `{name}` is {state:?}"));
        }
    }
}

/// The function of a parcel's job, by the attempt or version where that is an argument, and the parcel's number.
fn name_and_number(record: &ScheduledFunction) -> Option<(String, u32)> {
    let name = record.name.strip_prefix("parcels:").or_else(|| record.name.strip_prefix("freight:"))?;
    let arguments: serde_json::Value = serde_json::from_str(&record.arguments_json()).ok()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was a `u32`")]
    let read = |argument: &str| arguments.get(argument)?.as_f64().map(|number| number as u32);
    let number = read("number")?;
    let which = read("attempt").or_else(|| read("version"));
    let which = which.map_or_else(String::new, |which| format!("/{which}"));
    Some((format!("{name}{which}"), number))
}
