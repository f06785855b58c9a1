//! Dispatch over an engine whose instances answer when they are told to.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use sandbox::{Answer, FunctionError, SlowStart, Start, StartError, Usage};
use tokio::sync::Semaphore;

use super::*;
use crate::InstanceState;
use crate::testing::{launch, work};

/// Counts what lives; a call ends when it gets a permit.
#[derive(Clone)]
struct Stage {
    living: Arc<AtomicUsize>,
    begun: Arc<Semaphore>,
    let_end: Arc<Semaphore>,
}

struct Actor {
    stage: Stage,
    calls: u32,
}

#[async_trait]
impl Engine for Stage {
    async fn start(&self, _: Arc<Launch>) -> Result<Box<dyn Instance>, StartError> {
        self.living.fetch_add(1, Ordering::SeqCst);
        Ok(Box::new(Actor { stage: self.clone(), calls: 0 }))
    }

    async fn prepare(&self, _: Arc<Launch>) {}

    fn forget(&self, _: &LaunchKey) {}

    fn slow_starts(&self) -> Vec<SlowStart> {
        vec![]
    }
}

#[async_trait]
impl Instance for Actor {
    async fn ready(&mut self) -> Result<Option<FunctionError>, Internal> {
        self.calls += 1;
        Ok(None)
    }

    async fn invoke(&mut self, work: Work) -> Result<Ended, Internal> {
        self.stage.begun.add_permits(1);
        self.stage.let_end.acquire().await.unwrap().forget();
        self.calls += 1;
        let usage = Usage {
            started: Time::from_millis(0),
            start: if self.calls > 1 { Start::Warm } else { Start::Cold { init: Duration::ZERO } },
            duration: Duration::ZERO,
            peak_memory: 0,
            cpu: Duration::ZERO,
        };
        let answer = Answer::Returned(work.payload);
        Ok(Ended { answer, usage, log_tail: Bytes::new(), log_stream: String::new() })
    }

    fn is_alive(&self) -> bool {
        true
    }

    fn memory(&self) -> u64 {
        1
    }
}

impl Drop for Actor {
    fn drop(&mut self) {
        self.stage.living.fetch_sub(1, Ordering::SeqCst);
    }
}

struct Play {
    stage: Stage,
    clock: Clock,
    dispatch: Dispatch,
}

fn play(settings: Settings) -> Play {
    let stage = Stage {
        living: Arc::default(),
        begun: Arc::new(Semaphore::new(0)),
        let_end: Arc::new(Semaphore::new(0)),
    };
    let clock = Clock::manual(Time::from_millis(0));
    let dispatch = Dispatch::new(settings, clock.clone(), Tasks::new(), Arc::new(stage.clone()));
    Play { stage, clock, dispatch }
}

impl Play {
    fn run(&self, key: &str) -> tokio::task::JoinHandle<Result<Ended, Refused>> {
        let (dispatch, launch) = (self.dispatch.clone(), Arc::new(launch(key, 100)));
        tokio::spawn(async move { dispatch.enter(launch.key.clone()).run(launch, work()).await })
    }

    async fn begun(&self, calls: u32) {
        self.stage.begun.acquire_many(calls).await.unwrap().forget();
    }

    fn living(&self) -> usize {
        self.stage.living.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn an_instance_is_reused_and_ends_after_its_idle_time() {
    let play = play(Settings::default());
    play.stage.let_end.add_permits(2);
    assert!(matches!(play.run("f").await.unwrap().unwrap().usage.start, Start::Cold { .. }));
    assert_eq!(play.run("f").await.unwrap().unwrap().usage.start, Start::Warm);
    assert_eq!((play.living(), play.dispatch.fleet().len()), (1, 1));
    play.clock.advance(Duration::from_secs(601));
    while play.living() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(play.dispatch.fleet().len(), 0);
}

#[tokio::test]
async fn the_call_over_the_accounts_limit_is_throttled_at_once() {
    let play = play(Settings { account_concurrency: 1, ..Settings::default() });
    let first = play.run("f");
    play.begun(1).await;
    assert!(matches!(play.run("f").await.unwrap(), Err(Refused::Throttled { .. })));
    play.stage.let_end.add_permits(1);
    assert!(first.await.unwrap().is_ok());
}

#[tokio::test]
async fn a_full_machine_lets_calls_wait_and_then_throttles_them() {
    let play = play(Settings { memory_budget: 100 << 20, busy_share: 1.0, ..Settings::default() });
    let first = play.run("f");
    play.begun(1).await;
    let (second, third) = (play.run("g"), play.run("h"));
    while play.dispatch.state().waiting.len() < 2 {
        tokio::task::yield_now().await;
    }
    play.stage.let_end.add_permits(1);
    assert!(first.await.unwrap().is_ok());
    // One of the two has the room now, the other waits on and is throttled.
    play.begun(1).await;
    play.clock.advance(Duration::from_secs(11));
    play.stage.let_end.add_permits(1);
    let outcomes = [second.await.unwrap().is_ok(), third.await.unwrap().is_ok()];
    assert_eq!(outcomes.iter().filter(|ran| **ran).count(), 1);
}

#[tokio::test]
async fn a_call_whose_caller_left_runs_to_its_end() {
    let play = play(Settings::default());
    let call = play.run("f");
    play.begun(1).await;
    call.abort();
    let _ = call.await;
    play.stage.let_end.add_permits(1);
    while play.dispatch.state().idle.is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_retired_key_has_no_instance_any_more() {
    let play = play(Settings::default());
    play.stage.let_end.add_permits(1);
    play.run("f").await.unwrap().unwrap();
    let busy = play.run("g");
    play.begun(2).await;
    play.dispatch.retire(&LaunchKey("f".into())).await;
    play.dispatch.retire(&LaunchKey("g".into())).await;
    assert_eq!(play.living(), 1);
    play.dispatch.gone(&LaunchKey("f".into())).await;
    let gone = tokio::spawn({
        let dispatch = play.dispatch.clone();
        async move { dispatch.gone(&LaunchKey("g".into())).await }
    });
    play.stage.let_end.add_permits(1);
    gone.await.unwrap();
    assert_eq!(play.living(), 0);
    assert!(busy.await.unwrap().is_ok());
    assert_eq!((play.living(), play.dispatch.fleet().len()), (0, 0));
}

#[tokio::test]
async fn who_entered_is_waited_for_before_there_is_an_instance() {
    let play = play(Settings::default());
    let key = LaunchKey("f".into());
    let entered = play.dispatch.enter(key.clone());
    let gone = tokio::spawn({
        let (dispatch, key) = (play.dispatch.clone(), key.clone());
        async move { dispatch.gone(&key).await }
    });
    play.dispatch.retire(&key).await;
    tokio::task::yield_now().await;
    assert!(!gone.is_finished());
    play.stage.let_end.add_permits(1);
    entered.run(Arc::new(launch("f", 100)), work()).await.unwrap();
    gone.await.unwrap();
    assert!(play.dispatch.state().entered.is_empty());
    assert_eq!(play.living(), 0, "what was started for it is kept for nobody");
}

#[tokio::test]
async fn stopping_waits_for_the_running_call() {
    let play = play(Settings::default());
    let call = play.run("f");
    play.begun(1).await;
    let dispatch = play.dispatch.clone();
    let stopping = tokio::spawn(async move { dispatch.stop().await });
    while !play.dispatch.state().stopping {
        tokio::task::yield_now().await;
    }
    assert!(matches!(play.run("f").await.unwrap(), Err(Refused::Throttled { .. })));
    play.stage.let_end.add_permits(1);
    assert!(call.await.unwrap().is_ok());
    stopping.await.unwrap();
    assert_eq!(play.living(), 0);
}

/// One function has every place of the machine and a thousand calls waiting; another is called once.
#[tokio::test]
async fn no_function_starves_another() {
    let play = play(Settings { memory_budget: 400 << 20, busy_share: 1.0, ..Settings::default() });
    let flood: Vec<_> = (0..900).map(|_| play.run("flood")).collect();
    play.begun(4).await;
    while play.dispatch.state().waiting.len() < 896 {
        tokio::task::yield_now().await;
    }
    let small = play.run("small");
    while play.dispatch.state().waiting.len() < 897 {
        tokio::task::yield_now().await;
    }
    // The first place that is free is the small one's, though calls of the other wait longer and are warm.
    play.stage.let_end.add_permits(1);
    play.begun(1).await;
    assert!(play.dispatch.fleet().iter().any(|status| status.function_name == "small"));
    play.stage.let_end.add_permits(900);
    assert!(small.await.unwrap().is_ok());
    for call in flood {
        assert!(call.await.unwrap().is_ok());
    }
}

#[tokio::test]
async fn a_large_call_is_not_passed_by_small_ones_for_ever() {
    let play = play(Settings { memory_budget: 400 << 20, busy_share: 1.0, ..Settings::default() });
    let small: Vec<_> = (0..4).map(|number| play.run(&format!("small{number}"))).collect();
    play.begun(4).await;
    let large = {
        let (dispatch, launch) = (play.dispatch.clone(), Arc::new(launch("large", 400)));
        tokio::spawn(async move { dispatch.enter(launch.key.clone()).run(launch, work()).await })
    };
    let more: Vec<_> = (4..20).map(|number| play.run(&format!("small{number}"))).collect();
    while play.dispatch.state().waiting.len() < 17 {
        tokio::task::yield_now().await;
    }
    // Its share of the machine is a small one, so others go first, until it has waited for half of its patience.
    play.stage.let_end.add_permits(1);
    play.begun(1).await;
    play.clock.advance(Duration::from_secs(6));
    play.stage.let_end.add_permits(4);
    play.begun(1).await;
    let busy: Vec<_> =
        play.dispatch.fleet().into_iter().filter(|status| status.state == InstanceState::Busy).collect();
    assert_eq!(busy.iter().map(|status| status.function_name.as_str()).collect::<Vec<_>>(), ["large"]);
    play.stage.let_end.add_permits(100);
    assert!(large.await.unwrap().is_ok());
    for call in small.into_iter().chain(more) {
        assert!(call.await.unwrap().is_ok());
    }
}

#[tokio::test]
async fn a_timers_function_finds_an_instance_that_was_started_ahead() {
    let play = play(Settings::default());
    for call in 0..12 {
        play.stage.let_end.add_permits(1);
        let start = play.run("timer").await.unwrap().unwrap().usage.start;
        // Known after eight gaps; until then it is kept for ten minutes, which is not enough.
        assert_eq!(matches!(start, Start::Warm), call > 8, "call {call}");
        for _ in 0..60 {
            play.clock.advance(Duration::from_secs(60));
            for _ in 0..20 {
                tokio::task::yield_now().await;
            }
        }
    }
    play.dispatch.retire(&LaunchKey("timer".into())).await;
    assert_eq!(play.dispatch.state().fleet.next_ahead(), None, "nothing is started of what is gone");
}

#[tokio::test]
async fn a_function_that_grows_too_fast_is_throttled() {
    let play = play(Settings { memory_budget: u64::MAX, account_concurrency: 2_000, ..Settings::default() });
    let calls: Vec<_> = (0..1_000).map(|_| play.run("f")).collect();
    play.begun(1_000).await;
    assert!(matches!(play.run("f").await.unwrap(), Err(Refused::Throttled { .. })));
    play.clock.advance(Duration::from_secs(1));
    let next = play.run("f");
    play.begun(1).await;
    play.stage.let_end.add_permits(1_001);
    assert!(next.await.unwrap().is_ok());
    for call in calls {
        assert!(call.await.unwrap().is_ok());
    }
}

#[tokio::test]
async fn a_function_that_says_so_keeps_no_instance() {
    let play = play(Settings::default());
    play.stage.let_end.add_permits(2);
    let alone = Arc::new(Launch { keep_idle: Some(Duration::ZERO), ..launch("alone", 100) });
    play.dispatch.enter(alone.key.clone()).run(alone, work()).await.unwrap();
    play.run("other").await.unwrap().unwrap();
    while play.living() > 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(play.dispatch.fleet()[0].function_name, "other");
}

#[tokio::test]
async fn what_is_provided_is_held_and_replaced() {
    let play = play(Settings::default());
    let launch = Arc::new(launch("f", 100));
    let ready = || play.dispatch.provided(&launch.key).map(|provided| provided.ready);
    assert_eq!(ready(), None);
    play.dispatch.provide(&launch.function, vec![(Arc::clone(&launch), 2)]);
    while ready() != Some(2) {
        tokio::task::yield_now().await;
    }
    play.stage.let_end.add_permits(9);
    assert_eq!(play.run("f").await.unwrap().unwrap().usage.start, Start::Warm);
    assert_eq!(play.living(), 2);
    play.clock.advance(Duration::from_secs(100_000));
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!((play.living(), ready()), (2, Some(2)), "it stays without calls");
    play.dispatch.provide(&launch.function, vec![(Arc::clone(&launch), 3)]);
    while ready() != Some(3) {
        tokio::task::yield_now().await;
    }
    play.dispatch.provide(&launch.function, vec![]);
    while play.living() > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(ready(), None);
}
