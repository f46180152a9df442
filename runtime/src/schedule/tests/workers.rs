//! Workers, who run mutations: how many there are, that none of their places is lost, and that it is told what they run.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mainspring::{Knobs, MutationCtx, Registry, Result, mutation};
use tempfile::TempDir;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use super::ends::{self, Job};
use crate::app::{App, AppBuilder};
use crate::env::PausePoint;
use crate::testing::{START, TestApp};

/// Schedules mutations that note their numbers, for a second later.
#[mutation]
pub(crate) async fn note_later(ctx: &MutationCtx, count: u32) -> Result<Vec<Job>> {
    let mut jobs = Vec::new();
    for number in 0..count {
        let call = ends::__note_call("noted".to_owned(), number);
        jobs.push(ctx.scheduler.run_after(Duration::from_secs(1), call).await?);
    }
    Ok(jobs)
}

fn registry() -> Registry {
    ends::registry().function::<__note_later>()
}

async fn noted(app: &TestApp) -> usize {
    app.run_query(ends::__told_call()).await.unwrap().len()
}

/// A log that cannot be written when the scheduler first has an error to tell.
#[derive(Default)]
struct FullLog(AtomicBool);

impl Subscriber for FullLog {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == Level::ERROR && metadata.target().ends_with("schedule::run")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {
        assert!(self.0.swap(true, Ordering::SeqCst), "the log is full");
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn a_worker_that_panics_gives_its_place_up() {
    let panicked = Arc::new(AtomicBool::new(false));
    let hook = {
        let panicked = Arc::clone(&panicked);
        move |point| {
            let is_first = point == PausePoint::MutationDue && !panicked.swap(true, Ordering::SeqCst);
            assert!(!is_first, "for a test");
        }
    };
    let app = TestApp::with_pauses(registry(), hook, |builder| {
        builder.knobs(Knobs { scheduled_mutations: 1, ..Knobs::default() })
    })
    .await;
    let log = Arc::new(FullLog::default());
    let _guard = tracing::subscriber::set_default(Arc::clone(&log));
    app.run_mutation(__note_later_call(1)).await.unwrap();
    app.advance(Duration::from_secs(1)).await;
    assert!(log.0.load(Ordering::SeqCst), "the worker could not say that it has panicked");
    assert_eq!(noted(&app).await, 0);
    app.run_mutation(__note_later_call(3)).await.unwrap();
    app.advance(Duration::from_secs(1)).await;
    assert_eq!(noted(&app).await, 3);
}

/// Each is marked first, and what is marked when the process ends is what has ended it.
#[tokio::test]
async fn suspected_mutations_run_one_at_a_time() {
    let folder = TempDir::new().unwrap();
    let (due, disk_is_slow) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
    let hook = {
        let (due, disk_is_slow) = (Arc::clone(&due), Arc::clone(&disk_is_slow));
        move |point| match point {
            PausePoint::MutationDue => {
                due.fetch_add(1, Ordering::SeqCst);
            }
            PausePoint::LogTaken => {
                while disk_is_slow.load(Ordering::SeqCst) {
                    std::thread::yield_now();
                }
            }
            _ => {}
        }
    };
    let path = folder.path().to_owned();
    let setup = move |builder: AppBuilder| builder.data_dir(&path);
    let mut app = TestApp::with_pauses(registry(), hook, setup).await;
    app.run_mutation(__note_later_call(5)).await.unwrap();
    for _ in 0..Knobs::default().crashes_before_suspicion {
        app.crash().await;
    }
    app.run_until_idle().await;
    disk_is_slow.store(true, Ordering::SeqCst);
    app.clock().advance(Duration::from_secs(1));
    // Whoever is stuck for a while gets others beside them, if there are places.
    for _ in 0..10 {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        app.clock().advance(Duration::from_millis(1));
    }
    let under_way = due.load(Ordering::SeqCst);
    disk_is_slow.store(false, Ordering::SeqCst);
    assert_eq!(under_way, 1, "the mark of the first is not durable yet");
    let left = app.run_until_idle().await;
    assert!(left.is_empty(), "{left}");
    assert_eq!((due.load(Ordering::SeqCst), noted(&app).await), (5, 5));
}

#[tokio::test]
async fn a_mutation_is_told_among_those_that_run_while_it_does() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let looking: Arc<Mutex<Option<App>>> = Arc::default();
    let hook = {
        let (seen, looking) = (Arc::clone(&seen), Arc::clone(&looking));
        move |point| {
            if point == PausePoint::MutationRan
                && let Some(app) = &*looking.lock().unwrap()
            {
                seen.lock().unwrap().extend(app.backlog().queues.remove(0).longest_running);
            }
        }
    };
    let app = TestApp::with_pauses(registry(), hook, |builder| builder).await;
    *looking.lock().unwrap() = Some(App::clone(&app));
    let jobs = app.run_mutation(__note_later_call(2)).await.unwrap();
    let left = app.advance(Duration::from_secs(1)).await;
    assert!(left.queues[0].longest_running.is_empty(), "{left}");
    let seen: Vec<_> = seen.lock().unwrap().drain(..).collect();
    let of_jobs: Vec<_> = seen.iter().map(|running| running.id).collect();
    assert_eq!(of_jobs, jobs);
    let (path, since) = (&seen[0].path, seen[0].since);
    assert_eq!((&**path, since), ("schedule/tests/ends:note", START + Duration::from_secs(1)));
    *looking.lock().unwrap() = None;
}
