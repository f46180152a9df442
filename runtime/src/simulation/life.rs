//! Owns one life of the application: from its start to a crash, or to its end.

use std::collections::BTreeSet;
use std::future::{Future, poll_fn};
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::task::JoinSet;

use super::calls;
use super::functions::{
    __act, __apply, __everything, __look, __nested, Everything, Item, Job, Op, Seen, Trail,
};
use super::plan::Plan;
use super::verdict::World;
use crate::app::App;
use crate::env::{Env, VirtualClock};
use crate::error::Result;
use crate::function::{FileStore, Registry};
use crate::knobs::Knobs;
use crate::store::testing::{Crash, MemoryDisk, small_options, switch};
use crate::store::{Feed, Store};

/// A running application, and what is seen of it from outside.
struct Life {
    app: App,
    store: Store,
    clock: VirtualClock,
    feed: Feed,
    told: Arc<Mutex<Told>>,
    clients: JoinSet<()>,
}

/// The clock of the life that is led.
type Hand = Mutex<Option<VirtualClock>>;

/// What clients were told.
#[derive(Default)]
struct Told {
    done: BTreeSet<u32>,
    looked: Vec<(u32, Vec<Op>, Vec<Seen>)>,
    errors: Vec<String>,
}

/// A life that ends with a crash at some call of the disk.
pub(super) fn crashes(disk: &MemoryDisk, world: &mut World, random: &mut fastrand::Rng) {
    let crash = if random.bool() { Crash::PowerCut } else { Crash::Process };
    disk.crash_at(random.u64(1..600), crash, random.fork());
    let hand = Hand::default();
    drive(&hand, async {
        let Some(mut life) = Life::begin(disk, &hand, world, random).await else {
            return world.end_of_life();
        };
        life.work(disk, world, random).await;
        life.hear(world);
        if random.u8(..4) == 0 && !disk.is_off() {
            // An ordered stop, after which the crash comes.
            life.settle(disk).await;
            let _ = life.app.shutdown().await;
        }
        life.hear(world);
        world.end_of_life();
    });
}

/// A life on a healthy disk, after which everything has come to its end.
pub(super) fn ends_well(disk: &MemoryDisk, world: &mut World, random: &mut fastrand::Rng) {
    let hand = Hand::default();
    drive(&hand, async {
        let mut life = Life::begin(disk, &hand, world, random).await.expect("a healthy disk");
        life.work(disk, world, random).await;
        life.settle(disk).await;
        // What runs late may schedule more.
        for _ in 0..5 {
            life.clock.advance(Duration::from_secs(10));
            for _ in 0..50 {
                rest().await;
            }
            life.app.idle().await;
        }
        life.hear(world);
        let there = everything(&life.app).await.expect("a healthy disk");
        world.judge(&there);
        World::judge_the_end(&there);
        life.app.shutdown().await.expect("a healthy disk");
        life.hear(world);
    });
    drive(&hand, async {
        // And all of it is there at the next start.
        let life = Life::begin(disk, &hand, world, random).await.expect("a healthy disk");
        life.app.shutdown().await.expect("it stops");
    });
}

impl Life {
    /// Starts the application and judges what it finds. `None` when the disk went off meanwhile.
    async fn begin(
        disk: &MemoryDisk,
        hand: &Hand,
        world: &mut World,
        random: &mut fastrand::Rng,
    ) -> Option<Self> {
        let (env, clock) = Env::simulated(world.now, random.u64(..));
        *hand.lock() = Some(clock.clone());
        let nanos = env.clone();
        let opened = Store::open_on(Arc::new(disk.clone()), Path::new("data"), &small_options(), move || {
            nanos.now_nanos()
        });
        let store = match opened {
            Ok(store) => store,
            Err(error) => {
                assert!(disk.is_off(), "it does not open: {error}");
                return None;
            }
        };
        let mut feed = store.feed();
        store.hesitate(random.fork());
        if let Some(fault) = world.fault {
            store.plant(fault);
        }
        let registry = Registry::new()
            .function::<__act>()
            .function::<__apply>()
            .function::<__everything>()
            .function::<__look>()
            .function::<__nested>()
            .table::<Item>()
            .table::<Job>()
            .table::<Trail>();
        // Clients hesitate for longer than is allowed, as their clock is moved.
        let patience = Duration::from_hours(1);
        let knobs =
            Knobs { transaction_timeout: patience, commit_gate_timeout: patience, ..Knobs::default() };
        let builder = App::builder(registry).env(env).knobs(knobs);
        let app = match builder.start_on(store.clone(), FileStore::memory()).await {
            Ok(app) => app,
            Err(error) => {
                assert!(disk.is_off(), "it does not start: {error}");
                take_down(&mut feed, world);
                return None;
            }
        };
        let mut life = Self { app, store, clock, feed, told: Arc::default(), clients: JoinSet::new() };
        match everything(&life.app).await {
            Ok(there) => {
                // Scheduled functions run from the first moment on.
                life.hear(world);
                world.judge(&there);
            }
            Err(error) => assert!(disk.is_off(), "it cannot be read: {error}"),
        }
        Some(life)
    }

    /// Clients come and go, and time passes.
    async fn work(&mut self, disk: &MemoryDisk, world: &mut World, random: &mut fastrand::Rng) {
        for _ in 0..random.u8(5..60) {
            if disk.is_off() {
                break;
            }
            match random.u8(..11) {
                10 => self.store.tend(random),
                0..6 => self.change(world, random),
                6..8 => self.look(random),
                8 => self.clock.advance(Duration::from_millis(random.u64(..3000))),
                _ => self.settle(disk).await,
            }
            for _ in 0..random.u8(..6) {
                rest().await;
            }
            self.complain(disk);
        }
    }

    fn change(&mut self, world: &mut World, random: &mut fastrand::Rng) {
        let (tag, ops) = (world.plan.tag(), world.plan.ops(2, random));
        let (app, told) = (self.app.clone(), Arc::clone(&self.told));
        self.clients.spawn(async move {
            match app.run_mutation(calls::apply(tag, ops)).await {
                Ok(_) => drop(told.lock().done.insert(tag)),
                Err(error) => told.lock().errors.push(error.to_string()),
            }
        });
    }

    fn look(&mut self, random: &mut fastrand::Rng) {
        let ops = Plan::queries(random);
        let (app, told) = (self.app.clone(), Arc::clone(&self.told));
        self.clients.spawn(async move {
            match app.run_query(calls::look(ops.clone())).await {
                Ok((after, seen)) => told.lock().looked.push((after, ops, seen)),
                Err(error) => told.lock().errors.push(error.to_string()),
            }
        });
    }

    /// Waits until all clients have their answers.
    async fn settle(&mut self, disk: &MemoryDisk) {
        while !self.clients.is_empty() && !disk.is_off() {
            rest().await;
            while let Some(client) = self.clients.try_join_next() {
                client.expect("no client panics");
            }
        }
    }

    fn complain(&self, disk: &MemoryDisk) {
        if !disk.is_off() {
            let told = self.told.lock();
            assert!(told.errors.is_empty(), "{:?}", told.errors);
        }
    }

    /// Takes down what was committed, and what clients were told.
    fn hear(&mut self, world: &mut World) {
        take_down(&mut self.feed, world);
        let told = std::mem::take(&mut *self.told.lock());
        world.told.extend(told.done);
        world.looked.extend(told.looked);
        world.now = self.clock.now() + Duration::from_millis(1);
    }
}

fn take_down(feed: &mut Feed, world: &mut World) {
    while let Ok(commits) = feed.take() {
        if commits.is_empty() {
            break;
        }
        let documents = commits.iter().flat_map(|commit| &commit.writes.documents);
        let puts = documents.filter(|write| write.value.is_some());
        world.inserted.extend(puts.map(|write| (write.table, write.id)));
    }
}

async fn everything(app: &App) -> Result<Everything> {
    app.run_query(calls::everything()).await
}

/// Lets the tasks of this runtime go on, and the threads of the store.
async fn rest() {
    tokio::task::yield_now().await;
}

/// Runs a future on a Tokio runtime that never sleeps: between its polls the store's threads go on, and some time passes.
fn drive<F: Future>(hand: &Hand, future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (mut future, mut polls) = (pin!(future), 0_u64);
    runtime.block_on(poll_fn(|context| {
        if let Poll::Ready(output) = future.as_mut().poll(context) {
            return Poll::Ready(output);
        }
        switch();
        polls += 1;
        if polls.is_multiple_of(50)
            && let Some(clock) = hand.lock().as_ref()
        {
            clock.advance(Duration::from_millis(1));
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }))
}
