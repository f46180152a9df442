//! Crons where the calendar ends, and time itself.

use mainspring::testing::TestApp;
use mainspring::{CatchUp, Crons, Overlap, ScheduledState, Timestamp, crons};
use mainspring_tests::{START, internal, registry};

use super::{DAY, HOUR, MINUTE, app_at, cron, pass, ticks};

#[crons]
fn of_every_policy(crons: &mut Crons) {
    let tick = |word: &str| internal::ticks::tick(word.into());
    crons.interval("interval", HOUR, tick("interval"));
    crons.interval("late", HOUR, tick("late")).splay(HOUR);
    crons.interval("every second", MINUTE / 60, tick("every second")).catch_up(CatchUp::None);
    crons.cron("all", "*/5 * * * *", tick("all")).catch_up(CatchUp::All { within: DAY, max: 10 });
    crons.cron("queued", "* * * * *", tick("queued")).overlap(Overlap::QueueOne).splay(HOUR);
    crons
        .cron("allowed", "30 2 * * *", tick("allowed"))
        .overlap(Overlap::Allow)
        .time_zone("America/New_York");
}

const NAMES: [&str; 6] = ["interval", "late", "every second", "all", "queued", "allowed"];

/// A test that sets the clock as far as it goes comes to an end, and so does one that starts there. Then the clock is put
/// right, while the application runs or as soon as it has started.
#[tokio::test]
async fn crons_come_to_rest_at_the_end_of_time_and_go_on_when_it_is_put_right() {
    for starts in 0..3 {
        let mut app = TestApp::new(registry().crons(__of_every_policy_crons)).await;
        app.clock().set(Timestamp::MAX);
        for start in 0..=starts {
            if start > 0 {
                app.crash().await;
            }
            if start < 2 {
                let left = app.run_until_idle().await;
                assert!(left.is_empty(), "{left}");
            }
            for name in NAMES {
                let cron = cron(&app, name).await;
                assert_eq!((cron.next, cron.is_waiting), (Vec::new(), false), "{name}");
                assert!(cron.runs.iter().all(|run| run.state == ScheduledState::Success), "{name}");
            }
        }
        let before = ticks(&app).await.len();
        app.clock().set(START);
        app.advance(10 * MINUTE).await;
        for name in NAMES {
            let next = cron(&app, name).await.next;
            assert!(next.first() > Some(&(START + 10 * MINUTE)), "{name}: {next:?}, {starts}");
        }
        assert!(ticks(&app).await.len() > before + 600, "one each second");
    }
}

#[crons]
fn around_new_year(crons: &mut Crons) {
    crons.hourly("hourly", 0, internal::ticks::tick("hourly".into()));
    crons.interval("interval", 3 * HOUR, internal::ticks::tick("interval".into()));
}

/// 31 December 2100, 20:00.
const LAST_EVENING: Timestamp = Timestamp::from_secs(4_133_966_400);

#[tokio::test]
async fn a_calendar_ends_with_the_year_2100_and_an_interval_does_not() {
    let app = app_at(LAST_EVENING, __around_new_year_crons).await;
    let next = cron(&app, "hourly").await.next;
    assert_eq!(next, [1, 2, 3].map(|hours| LAST_EVENING + hours * HOUR));
    pass(&app, 7 * HOUR).await;
    let expected = [
        "31T20:00 interval",
        "31T21:00 hourly",
        "31T22:00 hourly",
        "31T23:00 hourly",
        "31T23:00 interval",
        "01T02:00 interval",
    ];
    let mut ticks = ticks(&app).await;
    // Of the crons that are always there.
    ticks.retain(|tick| !tick.ends_with(" long"));
    assert_eq!(ticks, expected);
    assert!(cron(&app, "hourly").await.next.is_empty());
    assert_eq!(cron(&app, "interval").await.next.len(), 5);
}
