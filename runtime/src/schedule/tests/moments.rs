//! What happens between two steps of a job.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use mainspring::ScheduledState;

use super::ends::{self, Deed, Job, does_at, poll, record_of};
use super::panics;
use crate::app::App;
use crate::env::PausePoint;
use crate::testing::TestApp;

/// Schedules one of each kind.
async fn behave(app: &TestApp) -> [Job; 2] {
    let [mutation, action] = app.run_mutation(ends::__behave_later_call()).await.unwrap()[..] else {
        panic!()
    };
    [mutation, action]
}

fn does(deed: &Deed, work: impl FnOnce() + Send + 'static) {
    *deed.lock().unwrap() = Some(Box::new(work));
}

/// Too little for the scheduler to notice: it is the job that is not due.
#[tokio::test]
async fn what_is_not_due_any_more_when_it_would_start_starts_at_its_time() {
    for point in [PausePoint::MutationDue, PausePoint::ActionDue] {
        let (app, deed) = does_at(point, None).await;
        let jobs = behave(&app).await;
        let clock = app.clock().clone();
        does(&deed, move || clock.set(clock.now() - Duration::from_millis(500)));
        app.clock().advance(Duration::from_millis(1));
        app.idle().await;
        assert!(deed.lock().unwrap().is_none(), "{point:?} was passed");
        let states = async || [record_of(&app, jobs[0]).await.state, record_of(&app, jobs[1]).await.state];
        assert!(states().await.contains(&ScheduledState::Pending), "{point:?}");
        app.advance(Duration::from_millis(500)).await;
        assert_eq!(states().await, [ScheduledState::Success, ScheduledState::Success], "{point:?}");
    }
}

#[tokio::test]
async fn after_a_shutdown_has_begun_no_job_starts() {
    let (deed, begun) = (Deed::default(), Arc::new(AtomicU32::new(0)));
    let hook = {
        let (deed, begun) = (Arc::clone(&deed), Arc::clone(&begun));
        move |point| {
            if point == PausePoint::MutationDue {
                begun.fetch_add(1, Ordering::SeqCst);
                let deed = deed.lock().unwrap().take();
                if let Some(deed) = deed {
                    deed();
                }
            }
        }
    };
    let registry = ends::registry().function::<panics::__soon>();
    let app = TestApp::with_pauses(registry, hook, |builder| builder).await;
    for _ in 0..3 {
        app.run_mutation(panics::__soon_call(panics::Soon::Mutation)).await.unwrap();
    }
    assert_eq!(begun.load(Ordering::SeqCst), 0, "nothing has had its turn");
    let ending = App::clone(&app);
    does(&deed, move || {
        let mut ends: Pin<Box<dyn Future<Output = _> + Send>> =
            Box::pin(async move { ending.shutdown().await });
        assert!(poll(&mut ends).is_pending(), "a job runs");
    });
    app.advance(Duration::from_secs(1)).await;
    assert_eq!(begun.load(Ordering::SeqCst), 1);
}

/// Its snapshot is out of date by the time that it would commit, which is no failure of what it was to start.
#[tokio::test]
async fn what_would_have_started_when_the_machine_stood_still_starts_later() {
    for point in [PausePoint::ClaimWritten, PausePoint::MutationRan] {
        let (app, deed) = does_at(point, None).await;
        let jobs = behave(&app).await;
        let (clock, other) = (app.clock().clone(), App::clone(&app));
        does(&deed, move || {
            for minutes in [1, 11] {
                clock.advance(Duration::from_mins(minutes));
                let app = App::clone(&other);
                let note = async move { app.run_mutation(ends::__note_call("another".to_owned(), 0)).await };
                let mut note: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(note);
                while poll(&mut note).is_pending() {}
            }
        });
        app.run_until_idle().await;
        app.advance(Duration::from_millis(1)).await;
        app.advance(Duration::from_mins(1)).await;
        assert!(deed.lock().unwrap().is_none(), "{point:?} was passed");
        for job in jobs {
            assert_eq!(record_of(&app, job).await.state, ScheduledState::Success, "{point:?}");
        }
    }
}
