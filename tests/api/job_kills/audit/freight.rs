//! What parcels set going that is parked, replaced, held back, paused or called twice.

use mainspring::{App, ScheduledState};
use mainspring_tests::api;
use mainspring_tests::functions::freight::{PASSES, TOLLS};

use super::super::Kills;
use super::{Audit, come_to_rest};

/// How long a token of the queue of passes takes to come back, in seconds.
const SECONDS_PER_PASS: u64 = 3_600 / PASSES as u64;

/// Ends pauses, calls off what rates hold back, and books whatever was placed. Returns what was wrong.
pub(super) async fn bring_to_rest(app: &App, run: &mut Kills) -> Vec<String> {
    let mut wrong = Vec::new();
    let (pauses, is_silent) = app.run_query(api::freight::paused()).await.expect("read");
    if is_silent && pauses != 2 {
        wrong.push(format!("{pauses} pauses are left of two"));
    }
    // Whatever starts now is heard.
    app.idle().await;
    app.run_mutation(api::freight::resume()).await.expect("resumed");
    run.starts_in_a_pause += usize::from(is_silent);
    come_to_rest(app).await;
    app.run_mutation(api::freight::waive()).await.expect("waived");
    for (_, number) in entries(app, "placed").await {
        let call = api::freight::book(number).idempotency_key(format!("book {number}"));
        let place = app.run_mutation(call).await.expect("booked");
        run.hear_booked(number, place);
    }
    wrong.append(&mut run.booked_otherwise);
    wrong
}

async fn entries(app: &App, kind: &str) -> Vec<(String, u32)> {
    let mut entries = app.run_query(api::parcels::entries()).await.expect("read");
    entries.retain(|(of, _)| of == kind);
    entries
}

impl Audit {
    pub(super) fn freight(&mut self, run: &mut Kills) {
        for number in self.numbers("placed") {
            let booked = usize::from(run.booked.contains_key(&number));
            self.expect_entries("booked", number, booked, "however often it was called");
            for what in ["fulfil", "collect"] {
                self.orders(what, number);
            }
        }
        for number in self.numbers("shipped") {
            self.shipped(number);
        }
        for number in self.numbers("stored") {
            self.stored(number);
        }
        for number in self.numbers("heard in silence") {
            self.wrong.push(format!("{number}: something of it has started in a pause"));
        }
        self.rates(run);
    }

    /// What another program could not run has run all the same, once; and what there were results of is there.
    fn shipped(&mut self, number: u32) {
        for name in ["haul", "forward", "weigh", "tally", "sum"] {
            self.expect_records(name, number, 1);
        }
        self.expect_success("haul", number);
        self.expect_entries("hauled", number, 1, "parked or not, exactly once");
        self.expect_success("weigh", number);
        self.expect_entries("weighed", number, 1, "parked or not, exactly once");
        self.expect_retried("forward", number);
        self.at_most_once("tally", number, &number.to_string());
        self.expect_success("sum", number);
        for (name, expected) in [("tally", number * 2), ("sum", number * 3)] {
            let Some(record) = self.record(name, number) else { continue };
            let expected = (record.state == ScheduledState::Success).then_some(expected);
            let result = record.result::<u32>();
            if !matches!(&result, Ok(result) if *result == expected) {
                self.wrong.push(format!("{number}: the result of `{name}` is {result:?}, not {expected:?}"));
            }
        }
    }

    /// Of orders that took the place of one another the last one has its effect.
    fn orders(&mut self, what: &str, number: u32) {
        let mut versions = Vec::new();
        for version in 1.. {
            let begun = self.count(&format!("{what} begun {version}"), number);
            let replaced = self.count(&format!("{what} replaced {version}"), number);
            match (begun, replaced) {
                (1, 0) => versions.push(true),
                (0, 1) => versions.push(false),
                (0, 0) => break,
                _ => self.wrong.push(format!("{number}: `{what}`, {version} was ordered more than once")),
            }
        }
        for (version, next) in (1..).zip(1..=versions.len()) {
            let is_last = versions.get(next).is_none_or(|begun| *begun);
            self.totals.replaced += usize::from(!is_last);
            let name = format!("{what}/{version}");
            self.expect_records(&name, number, usize::from(is_last));
            if what == "fulfil" {
                let why = "it is in the place of those before, and none in its own";
                self.expect_entries(&format!("fulfilled {version}"), number, usize::from(is_last), why);
                if is_last {
                    self.expect_success(&name, number);
                }
            } else if is_last {
                self.at_most_once(&name, number, &format!("{number}.{version}"));
            } else if !self.calls_about("collect", &format!("{number}.{version}")).is_empty() {
                self.wrong.push(format!("{number}: `{name}` has started, and was replaced"));
            }
        }
    }

    /// What could be paused has run, and what is no mutation at most once.
    fn stored(&mut self, number: u32) {
        for name in ["shelve", "unload", "tow"] {
            self.expect_records(name, number, 1);
        }
        self.expect_success("shelve", number);
        self.expect_entries("shelved", number, 1, "however often its queue was paused");
        self.expect_success("unload", number);
        self.expect_entries("unloaded", number, 1, "however often it was paused");
        self.at_most_once("tow", number, &number.to_string());
    }

    /// No process starts anew what rates allow, and none starts nothing.
    fn rates(&mut self, run: &mut Kills) {
        let (tolls, tolled) = self.started("toll");
        let (crossings, crossed) = self.started("cross");
        for (name, count, started) in [("toll", tolls, tolled), ("cross", crossings, crossed)] {
            // A start that was on its way when the process was killed may have cost another one its token.
            if !(count.min(1)..=count.min(TOLLS)).contains(&started) {
                self.wrong.push(format!("of {count} runs of `{name}` with one key {started} have started"));
            }
            self.totals.held_back += count - started.min(count);
        }
        let calls: usize =
            self.numbers("placed").iter().map(|number| self.calls_of("cross", *number).len()).sum();
        if calls > crossed {
            self.wrong.push(format!("{calls} calls of `cross`, and {crossed} starts"));
        }
        let (count, started) = self.started("pass");
        run.passed += started;
        self.totals.held_back += count - started;
        let tokens = usize::try_from(run.began.elapsed().as_secs() / SECONDS_PER_PASS).expect("few");
        let (least, most) = (PASSES as usize / 2, PASSES as usize + 1 + tokens);
        if run.passed > most || started < count && run.passed < least {
            let passed = run.passed;
            self.wrong.push(format!(
                "{passed} have started in a queue of {PASSES} in an hour, {started} of {count} lately"
            ));
        }
    }

    /// How many jobs of a function there are, and how many of them have started.
    fn started(&self, name: &str) -> (usize, usize) {
        let jobs = self.jobs.iter().filter(|((of, _), _)| of == name).flat_map(|(_, jobs)| jobs);
        let started = jobs.clone().filter(|(_, record)| record.attempts > 0).count();
        (jobs.count(), started)
    }

    fn numbers(&self, kind: &str) -> Vec<u32> {
        self.entries.keys().filter(|(of, _)| of == kind).map(|(_, number)| *number).collect()
    }
}
