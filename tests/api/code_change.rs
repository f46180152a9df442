//! Jobs of another version of the program: looked at before anything runs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mainspring::testing::{PausePoint, with_pauses};
use mainspring::{App, Env, Id, Knobs, Registry, ScheduledFunction, ScheduledState, StaleJobs, StartError};
use mainspring_tests::functions::{reminders, retries};
use mainspring_tests::tables::{Event, Reminder};
use mainspring_tests::{START, api, registry, reopen, settle};
use tempfile::TempDir;

use crate::functions::{keys, renamed};

/// A later version, which still has what the tests ask.
fn later() -> Registry {
    Registry::new()
        .table::<Event>()
        .table::<Reminder>()
        .function::<retries::__events>()
        .function::<retries::__record>()
        .function::<reminders::__cancel>()
}

async fn open(folder: &TempDir, registry: Registry, stale_jobs: StaleJobs) -> Result<App, StartError> {
    let mut knobs = Knobs::default();
    knobs.stale_jobs = stale_jobs;
    // A minute later: whatever waits is due.
    let (env, _) = Env::simulated(START + Duration::from_mins(1), 2);
    let builder =
        || App::builder(registry.clone()).data_dir(folder.path()).env(env.clone()).knobs(knobs.clone());
    reopen(builder).await
}

/// A folder in which one job of `keys:note` waits.
async fn with_a_job() -> (TempDir, Id<ScheduledFunction>) {
    let folder = TempDir::new().expect("a folder");
    let (env, _) = Env::simulated(START, 1);
    let app = App::builder(registry()).data_dir(folder.path()).env(env).start().await.expect("starts");
    let scheduled = app.run_mutation(api::keys::note_once("k".into(), "x".into(), 30)).await;
    let mainspring_tests::functions::keys::Outcome::Inserted(id) = scheduled.expect("scheduled") else {
        panic!("the key is free")
    };
    app.shutdown().await.expect("stopped");
    (folder, id)
}

async fn record(app: &App, id: Id<ScheduledFunction>) -> ScheduledFunction {
    app.run_query(api::retries::record(id)).await.expect("read").expect("it has a record")
}

#[tokio::test]
async fn jobs_whose_function_is_gone_are_listed_before_anything_runs() {
    let (folder, id) = with_a_job().await;
    let error = open(&folder, later(), StaleJobs::Refuse).await.err().expect("the function is gone");
    assert_eq!(error.code(), "StaleJobs");
    let line = format!("{id} keys:note: there is no such function any more");
    assert!(error.to_string().contains(&line), "{error}");
    let app = open(&folder, registry(), StaleJobs::Refuse).await.expect("nothing was changed");
    app.idle().await;
    assert_eq!(record(&app, id).await.state, ScheduledState::Success);
}

#[tokio::test]
async fn jobs_whose_arguments_no_longer_decode_are_listed() {
    let (folder, id) = with_a_job().await;
    let registry = later().function::<renamed::__with_a_number>();
    let error = open(&folder, registry, StaleJobs::Refuse).await.err().expect("a text is no number");
    assert_eq!(error.code(), "StaleJobs");
    assert!(error.to_string().contains(&id.to_string()) && error.to_string().contains("text"), "{error}");
}

#[tokio::test]
async fn the_jobs_of_a_mutation_that_has_become_an_action_run_as_that() {
    let (folder, id) = with_a_job().await;
    let program = later().function::<keys::__note_outside>();
    let app = open(&folder, program, StaleJobs::Refuse).await.expect("starts");
    app.idle().await;
    assert_eq!(record(&app, id).await.state, ScheduledState::Success);
}

/// It may have had effects outside, whatever its function is now.
#[tokio::test]
async fn an_action_that_a_crash_cut_is_not_run_again_as_a_mutation() {
    let folder = TempDir::new().expect("a folder");
    let (env, _) = Env::simulated(START, 1);
    let app = App::builder(registry()).data_dir(folder.path()).env(env).start().await.expect("starts");
    let id = app.run_mutation(api::retries::hang_later()).await.expect("scheduled");
    while app.run_query(api::retries::events()).await.expect("read").is_empty() {
        tokio::task::yield_now().await;
    }
    drop(app);
    let program = later().function::<renamed::__hang_inside>();
    let app = open(&folder, program, StaleJobs::Refuse).await.expect("starts");
    app.idle().await;
    let error = "the process ended while the function ran; it was not started again";
    assert_eq!(record(&app, id).await.error(), Some(error));
    assert_eq!(app.run_query(api::retries::events()).await.expect("read"), ["hanging"]);
}

#[tokio::test]
async fn the_jobs_of_a_mutation_that_has_become_a_query_are_listed() {
    let (folder, id) = with_a_job().await;
    let program = later().function::<keys::__note>();
    let error = open(&folder, program, StaleJobs::Refuse).await.err().expect("queries are not scheduled");
    let line = format!("{id} keys:note: it has become a query, which cannot be scheduled");
    assert!(error.to_string().contains(&line), "{error}");
}

#[tokio::test]
async fn bounded_is_the_list_of_jobs_that_cannot_run() {
    let folder = TempDir::new().expect("a folder");
    for (count, more) in [(20, None), (21, Some("and 1 more")), (50, Some("and 30 more"))] {
        let (env, _) = Env::simulated(START, count as u64);
        let app = reopen(|| App::builder(registry()).data_dir(folder.path()).env(env.clone()))
            .await
            .expect("starts");
        for n in app.run_query(api::retries::jobs()).await.expect("read").len()..count {
            let outcome = app.run_mutation(api::keys::note_once(n.to_string(), "x".into(), 30)).await;
            let _ = outcome.expect("scheduled");
        }
        app.shutdown().await.expect("stopped");
        drop(app);
        let error = open(&folder, later(), StaleJobs::Refuse).await.err().expect("the function is gone");
        let StartError::StaleJobs { count: told, report } = error else { panic!("{error}") };
        let listed = report.lines().filter(|line| line.contains("no such function")).count();
        let rest = report.lines().find(|line| line.starts_with("and"));
        assert_eq!((told, listed, rest), (count, 20, more));
    }
}

#[tokio::test]
async fn a_renamed_function_runs_the_jobs_of_its_former_name() {
    let (folder, id) = with_a_job().await;
    let app = open(&folder, later().function::<renamed::__anew>(), StaleJobs::Refuse).await.expect("starts");
    app.idle().await;
    assert_eq!(record(&app, id).await.state, ScheduledState::Success);
    assert_eq!(app.run_query(api::retries::events()).await.expect("read"), ["anew: x"]);
}

#[tokio::test]
async fn a_job_waits_where_its_function_waited_when_it_was_scheduled() {
    let (folder, id) = with_a_job().await;
    let program = later().function::<renamed::__note_elsewhere>();
    let app = open(&folder, program, StaleJobs::Refuse).await.expect("starts");
    app.idle().await;
    let record = record(&app, id).await;
    assert_eq!((record.queue.as_str(), record.limit_key, record.state), ("", None, ScheduledState::Success));
    assert_eq!(app.run_query(api::retries::events()).await.expect("read"), ["elsewhere: x"]);
}

#[tokio::test]
async fn a_function_renamed_again_runs_the_jobs_of_all_its_former_names() {
    for before in [registry, || later().function::<renamed::__anew>()] {
        let (folder, _) = with_a_job().await;
        // The second program has known the job by the first one's name.
        let (env, _) = Env::simulated(START, 3);
        let app = App::builder(before()).data_dir(folder.path()).env(env).start().await.expect("starts");
        app.shutdown().await.expect("stopped");
        drop(app);
        let program = later().function::<renamed::__once_more>();
        let app = open(&folder, program, StaleJobs::Refuse).await.expect("starts");
        app.idle().await;
        assert_eq!(app.run_query(api::retries::events()).await.expect("read"), ["once more: x"]);
    }
}

#[tokio::test]
async fn parked_jobs_wait_for_a_program_that_can_run_them() {
    let (folder, id) = with_a_job().await;
    let app = open(&folder, later(), StaleJobs::Park).await.expect("starts");
    settle(&app).await;
    let parked = record(&app, id).await;
    assert_eq!((&parked.state, parked.next_run()), (&ScheduledState::Pending, None));
    assert_eq!(parked.last_error.as_deref(), Some("there is no such function any more"));
    app.shutdown().await.expect("stopped");
    drop(app);
    let app = open(&folder, registry(), StaleJobs::Refuse).await.expect("starts");
    app.idle().await;
    assert_eq!(record(&app, id).await.state, ScheduledState::Success);
}

/// Whether the function is gone or takes something else: the program that parked has recorded its own types, and still cannot run
/// the job.
#[tokio::test]
async fn what_is_parked_is_listed_again_by_a_program_that_refuses() {
    for program in [later, || later().function::<renamed::__with_a_number>()] {
        let (folder, id) = with_a_job().await;
        let app = open(&folder, program(), StaleJobs::Park).await.expect("starts");
        app.shutdown().await.expect("stopped");
        drop(app);
        let error = open(&folder, program(), StaleJobs::Refuse).await.err().expect("it is parked");
        assert!(error.to_string().contains(&id.to_string()), "{error}");
    }
}

/// The jobs of a function that takes what it took are not looked at, however many there are. One that it comes to refuse all the
/// same fails when it runs; one of a function that has changed is tried.
#[tokio::test]
async fn jobs_are_tried_only_when_the_types_of_their_function_have_changed() {
    let program = || later().function::<renamed::__pick>().function::<renamed::__pick_later>();
    let folder = TempDir::new().expect("a folder");
    let (env, _) = Env::simulated(START, 1);
    let app = App::builder(program()).data_dir(folder.path()).env(env).start().await.expect("starts");
    let first = app.run_mutation(renamed::__pick_later_call()).await.expect("scheduled");
    app.shutdown().await.expect("stopped");
    drop(app);
    renamed::REFUSES.store(true, Ordering::Relaxed);
    let error = open(&folder, later(), StaleJobs::Refuse).await.err().expect("its function is gone");
    assert_eq!(error.code(), "StaleJobs");
    // One without any jobs is gone too.
    let program = later().function::<renamed::__pick>();
    let app = open(&folder, program, StaleJobs::Refuse).await.expect("the types are the same");
    app.idle().await;
    let error = record(&app, first).await.error().expect("it fails when it runs").to_owned();
    assert!(error.contains("not today"), "{error}");
}

/// Whether it is tried again only its function says, so until that is back nothing is decided.
#[tokio::test]
async fn an_action_that_a_crash_cut_goes_on_as_its_policy_says_when_its_function_is_back() {
    let folder = TempDir::new().expect("a folder");
    let (env, _) = Env::simulated(START, 1);
    let app = App::builder(registry()).data_dir(folder.path()).env(env).start().await.expect("starts");
    let retried = app.run_mutation(api::retries::deliver_later(1, "hang".into())).await.expect("scheduled");
    let once = app.run_mutation(api::retries::hang_later()).await.expect("scheduled");
    for id in [retried, once] {
        while record(&app, id).await.state != ScheduledState::InProgress {
            tokio::task::yield_now().await;
        }
    }
    drop(app);
    for _ in 0..2 {
        let error = open(&folder, later(), StaleJobs::Refuse).await.err().expect("their functions are gone");
        for id in [retried, once] {
            assert!(error.to_string().contains(&id.to_string()), "{error}");
        }
        let app = open(&folder, later(), StaleJobs::Park).await.expect("starts");
        settle(&app).await;
        for id in [retried, once] {
            let parked = record(&app, id).await;
            assert_eq!((parked.state, parked.attempts), (ScheduledState::InProgress, 1));
            assert_eq!(parked.last_error.as_deref(), Some("there is no such function any more"));
        }
        app.shutdown().await.expect("stopped");
    }
    let (env, clock) = Env::simulated(START + Duration::from_hours(1), 2);
    let builder = || App::builder(registry()).data_dir(folder.path()).env(env.clone());
    let app = reopen(builder).await.expect("starts");
    clock.advance(Duration::from_secs(10));
    settle(&app).await;
    let (retried, once) = (record(&app, retried).await, record(&app, once).await);
    assert_eq!((retried.state, retried.attempts, retried.crashes), (ScheduledState::Success, 2, 1));
    assert_eq!(once.error(), Some("the process ended while the function ran; it was not started again"));
}

/// A crash may come after each of them. What functions took is recorded after the jobs are parked that do not fit that, and before
/// those go on that did not fit what was recorded.
#[tokio::test]
async fn what_a_start_changes_it_changes_in_an_order_that_a_crash_may_end() {
    let (folder, _) = with_a_job().await;
    for (program, expected) in [
        (later(), [PausePoint::ParkWritten, PausePoint::SignaturesWritten]),
        (registry(), [PausePoint::SignaturesWritten, PausePoint::ParkWritten]),
    ] {
        let passed = Arc::new(Mutex::new(Vec::new()));
        let (env, _) = Env::simulated(START, 3);
        let of_interest = Arc::clone(&passed);
        let env = with_pauses(env, move |point| {
            if expected.contains(&point) {
                of_interest.lock().expect("nobody panics").push(point);
            }
        });
        let mut knobs = Knobs::default();
        knobs.stale_jobs = StaleJobs::Park;
        let builder =
            || App::builder(program.clone()).data_dir(folder.path()).env(env.clone()).knobs(knobs.clone());
        reopen(builder).await.expect("starts").shutdown().await.expect("stopped");
        assert_eq!(*passed.lock().expect("nobody panics"), expected);
    }
}

/// Whoever starts another program then, or the same one in another way, does not have to try until the folder is free. Here a
/// checkpoint is under way that takes its time.
#[tokio::test]
async fn a_start_that_is_refused_gives_up_its_folder_before_it_says_so() {
    let folder = TempDir::new().expect("a folder");
    let app = App::builder(registry()).data_dir(folder.path()).start().await.expect("starts");
    let _ = app.run_mutation(api::keys::note_once("k".into(), "x".into(), 30)).await.expect("scheduled");
    drop(app);
    let mut knobs = Knobs::default();
    knobs.checkpoint_interval = Duration::from_millis(1);
    let (begun, is_over) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let hook = {
        let (begun, is_over) = (Arc::clone(&begun), Arc::clone(&is_over));
        move |point| match point {
            PausePoint::CheckpointWritten => {
                begun.store(true, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(200));
                is_over.store(true, Ordering::SeqCst);
            }
            PausePoint::StaleLookedFor => {
                while !begun.load(Ordering::SeqCst) {
                    std::thread::yield_now();
                }
            }
            _ => {}
        }
    };
    let (env, builder) = (with_pauses(Env::real(), hook), || App::builder(later()).data_dir(folder.path()));
    let first = || builder().env(env.clone()).knobs(knobs.clone());
    let error = reopen(first).await.map(drop).expect_err("refused");
    assert_eq!((error.code(), is_over.load(Ordering::SeqCst)), ("StaleJobs", true));
    let error = builder().start().await.map(drop).expect_err("refused again");
    assert_eq!(error.code(), "StaleJobs");
}

/// However many jobs there are to park, or to let go on, few are held at once; a start that a crash ends between two commits of
/// them loses none.
#[tokio::test]
async fn many_jobs_are_parked_some_at_a_time_and_a_crash_between_them_is_made_good() {
    const JOBS: usize = 40;
    let folder = TempDir::new().expect("a folder");
    let (env, _) = Env::simulated(START, 1);
    let app = App::builder(registry()).data_dir(folder.path()).env(env).start().await.expect("starts");
    for n in 0..JOBS {
        app.run_mutation(api::keys::note_once(n.to_string(), n.to_string(), 30)).await.expect("scheduled");
    }
    app.shutdown().await.expect("stopped");
    drop(app);
    for program in [later, registry] {
        // Where it crashes, if it does; then how many jobs that start changed, and in how many commits.
        for (crash, expected) in [(Some(2), [32, 2]), (None, [JOBS - 32, 1]), (None, [0, 0])] {
            let passed = Arc::new(Mutex::new([0, 0]));
            let (env, _) = Env::simulated(START, 3);
            let counts = Arc::clone(&passed);
            let env = with_pauses(env, move |point| {
                let mut passed = counts.lock().expect("nobody panics with it");
                passed[0] += usize::from(point == PausePoint::ParkWritten);
                passed[1] += usize::from(point == PausePoint::ParkCommitted);
                let is_here = point == PausePoint::ParkCommitted && crash == Some(passed[1]);
                drop(passed);
                assert!(!is_here, "the process ends here");
            });
            let mut knobs = Knobs::default();
            knobs.stale_jobs = StaleJobs::Park;
            let path = folder.path().to_owned();
            let start = tokio::spawn(async move {
                let builder =
                    || App::builder(program()).data_dir(&path).env(env.clone()).knobs(knobs.clone());
                reopen(builder).await.expect("starts").shutdown().await.expect("stopped");
            });
            assert_eq!(start.await.is_err(), crash.is_some());
            assert_eq!(*passed.lock().expect("nobody panics with it"), expected, "{crash:?}");
        }
    }
    let app = open(&folder, registry(), StaleJobs::Refuse).await.expect("none is parked");
    app.idle().await;
    let events = app.run_query(api::retries::events()).await.expect("read");
    assert_eq!(events.len(), JOBS);
}

#[tokio::test]
async fn a_pause_holds_when_its_function_is_renamed_and_ends_when_that_is_resumed() {
    let folder = TempDir::new().expect("a folder");
    let (env, _) = Env::simulated(START, 1);
    let app = App::builder(registry()).data_dir(folder.path()).env(env).start().await.expect("starts");
    app.run_mutation(api::flow::pause_letters(true)).await.expect("paused");
    app.run_mutation(api::flow::write_letter("dear".into())).await.expect("scheduled");
    app.shutdown().await.expect("stopped");
    drop(app);
    let program = later()
        .function::<renamed::__message>()
        .function::<renamed::__resume_messages>()
        .function::<mainspring_tests::functions::flow::__paused>();
    let app = open(&folder, program, StaleJobs::Refuse).await.expect("starts");
    settle(&app).await;
    assert!(app.run_query(api::retries::events()).await.expect("read").is_empty(), "it is paused");
    app.run_mutation(renamed::__resume_messages_call()).await.expect("resumed");
    app.idle().await;
    assert_eq!(app.run_query(api::retries::events()).await.expect("read"), ["dear"]);
    assert!(app.run_query(api::flow::paused()).await.expect("read").is_empty());
}

#[tokio::test]
async fn a_queue_that_was_paused_and_is_no_longer_declared_can_be_resumed() {
    let folder = TempDir::new().expect("a folder");
    let (env, _) = Env::simulated(START, 1);
    let app = mainspring_tests::builder().data_dir(folder.path()).env(env).start().await.expect("starts");
    app.run_mutation(api::flow::pause_queue("reports".into(), true)).await.expect("paused");
    app.run_mutation(api::flow::note_in("reports".into(), "late".into())).await.expect("scheduled");
    app.shutdown().await.expect("stopped");
    drop(app);
    let program = later()
        .function::<mainspring_tests::functions::flow::__note>()
        .function::<renamed::__resume_reports>();
    let app = open(&folder, program, StaleJobs::Refuse).await.expect("starts");
    settle(&app).await;
    assert!(app.run_query(api::retries::events()).await.expect("read").is_empty(), "it is paused");
    app.run_mutation(renamed::__resume_reports_call()).await.expect("resumed");
    app.idle().await;
    assert_eq!(app.run_query(api::retries::events()).await.expect("read"), ["late"]);
    let error = app.run_mutation(renamed::__resume_reports_call()).await.expect_err("there is none");
    assert_eq!(error.code(), "UnknownQueue");
}

#[tokio::test]
async fn a_parked_job_can_be_canceled() {
    let (folder, id) = with_a_job().await;
    let app = open(&folder, later(), StaleJobs::Park).await.expect("starts");
    app.run_mutation(api::reminders::cancel(id)).await.expect("canceled");
    assert_eq!(record(&app, id).await.state, ScheduledState::Canceled);
}

#[tokio::test]
async fn what_is_parked_is_in_the_backlog_with_its_reason_until_it_is_canceled() {
    let (folder, id) = with_a_job().await;
    let app = open(&folder, later(), StaleJobs::Park).await.expect("starts");
    let backlog = app.idle().await;
    assert!(!backlog.is_empty(), "it waits for another program");
    let line = format!("- {id} keys:note: there is no such function any more");
    assert_eq!(backlog.to_string(), format!("parked, for this program cannot run them: 1\n{line}"));
    app.shutdown().await.expect("stopped");
    drop(app);

    // A start that parks nothing, since the one before has, tells of it all the same.
    let app = open(&folder, later(), StaleJobs::Park).await.expect("starts");
    let parked = app.backlog().parked;
    assert_eq!((parked.count, parked.first.len()), (1, 1));
    assert_eq!((parked.first[0].id, &*parked.first[0].name), (id, "keys:note"));
    app.run_mutation(api::reminders::cancel(id)).await.expect("canceled");
    assert!(app.backlog().is_empty(), "{}", app.backlog());
}

#[tokio::test]
async fn what_is_parked_leaves_the_backlog_when_it_is_replaced_or_can_run() {
    let (folder, id) = with_a_job().await;
    let program = || later().function::<renamed::__with_a_number>().function::<renamed::__number_last>();
    let app = open(&folder, program(), StaleJobs::Park).await.expect("starts");
    let parked = app.backlog().parked;
    assert_eq!((parked.count, parked.first[0].id), (1, id));
    assert!(parked.first[0].reason.contains("text"), "{parked}");
    app.run_mutation(renamed::__number_last_call("k".into())).await.expect("replaced");
    let backlog = app.backlog();
    assert_eq!((backlog.parked.count, backlog.queues[0].waiting), (0, 1), "{backlog}");

    let (folder, id) = with_a_job().await;
    let app = open(&folder, later(), StaleJobs::Park).await.expect("starts");
    assert_eq!(app.backlog().parked.first[0].id, id);
    drop(app);
    let app = open(&folder, registry(), StaleJobs::Park).await.expect("starts");
    assert!(app.idle().await.is_empty(), "{}", app.backlog());
}

#[tokio::test]
async fn former_names_that_contradict_the_code_are_refused() {
    let start = |registry: Registry| App::builder(registry).start();
    let error = start(registry().function::<renamed::__anew>()).await.err().expect("`keys:note` is there");
    assert_eq!(error.code(), "RenamedFromExisting");
    for place in
        ["keys::note` at tests/src/functions/keys.rs:", "renamed::anew` at tests/api/functions/renamed.rs:"]
    {
        assert!(error.to_string().contains(place), "{error}");
    }
    let both = later().function::<renamed::__anew>().function::<renamed::__with_a_number>();
    let error = start(both).await.err().expect("both cannot have been it");
    assert_eq!(error.code(), "RenamedTwice");
    assert!(error.to_string().contains("`keys:note`"), "{error}");
    let places = error.to_string().matches("` at tests/api/functions/renamed.rs:").count();
    assert_eq!(places, 2, "{error}");
}
