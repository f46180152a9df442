//! What the macro cannot see is refused at start, all of it at once, with the same words.

use std::time::Duration;

use mainspring::{App, CatchUp, Crons, Overlap, Weekday, at, crons};
use mainspring_tests::{internal, registry};

fn call() -> impl Fn(&str) -> String {
    |text| text.to_owned()
}

#[crons]
fn wrong(crons: &mut Crons) {
    let text = call();
    let tick = || internal::ticks::tick("never".into());
    crons.cron("text", &text("0 25 * * *"), tick());
    crons.cron("date", &text("0 0 31 2 *"), tick());
    crons.daily("zone", at(9, 0), tick()).time_zone(&text("Europe/Berln"));
    crons.interval("zero", Duration::from_secs(text("").len() as u64), tick());
    crons.interval("short", Duration::from_millis(text("0").len() as u64), tick());
    crons.hourly("minute", 60 + u8::from(text("").is_empty()), tick());
    crons.weekly("hour", Weekday::Sunday, at(23 + u8::from(text("").is_empty()), 0), tick());
    crons.hourly(&text(""), 0, tick());
    crons.hourly("splay", 0, tick()).splay(Duration::from_hours(25));
    crons.hourly("max", 0, tick()).catch_up(CatchUp::All { within: Duration::ZERO, max: 0 });
    crons.interval("interval with a zone", Duration::from_mins(5), tick()).time_zone("Europe/Berlin");
    crons.hourly("right", 0, tick()).overlap(Overlap::Allow);
}

#[crons]
fn twice(crons: &mut Crons) {
    crons.hourly("right", 0, internal::ticks::tick("never".into()));
}

#[tokio::test]
async fn wrong_crons_are_refused_all_at_once() {
    let registry = registry().crons(__wrong_crons).crons(__twice_crons);
    let error = App::builder(registry).start().await.map(drop).expect_err("they are wrong");
    assert_eq!(error.code(), "InvalidCrons");
    let text = error.to_string();
    let expected = [
        "wrong at tests/api/crons/start_errors.rs:16:11: the schedule of cron `text` is wrong: `0 25 * * *` is no cron expression\n0 25 * * *\n  ^^ hour: ",
        "`date` is wrong: `0 0 31 2 *` is no cron expression\n0 0 31 2 *\n    ^^^^ day of month: a date that never comes",
        "`zone` is wrong: `Europe/Berln` is no time zone of the IANA database",
        "did you mean `Europe/Berlin`?",
        "`zero` is wrong: an interval of zero would never let go: the shortest is 1 second",
        "`short` is wrong: an interval of 1ms is too short: the shortest is 1 second",
        "`minute` is wrong: `61 * * * *` is no cron expression",
        "`hour` is wrong: `0 24 * * 0` is no cron expression",
        "a cron's name is empty",
        "`splay` is wrong: a splay of 90000s is too long: it is at most a day",
        "`max` is wrong: `CatchUp::All` has `max: 0`",
        "`interval with a zone` is wrong: an interval has no time zone",
        "twice at tests/api/crons/start_errors.rs:32:11: there is a cron `right` already, in \
         api::crons::start_errors::wrong at tests/api/crons/start_errors.rs:27:11: rename one",
    ];
    for part in expected {
        assert!(text.contains(part), "{part}\nis not in\n{text}");
    }
    let mistakes = text.matches("api::crons::start_errors::").count();
    assert_eq!(mistakes, expected.len(), "one for each mistake, and the place of the first `right`: {text}");
}

#[tokio::test]
async fn a_knob_that_keeps_no_runs_is_refused() {
    let mut knobs = mainspring::Knobs::default();
    knobs.cron_runs_kept = 0;
    let error = App::builder(registry()).knobs(knobs).start().await.map(drop).expect_err("it keeps none");
    assert_eq!(error.to_string(), "`Knobs::cron_runs_kept` is 0, but it must be at least 1");
}
