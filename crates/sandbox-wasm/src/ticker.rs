//! Time for running requests: while there are any, a thread counts it, and they look at the count. Without, it sleeps.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::limits;

/// Clones are the same.
#[derive(Clone)]
pub struct Ticker(Arc<Shared>);

struct Shared {
    running: Mutex<Option<usize>>,
    changed: Condvar,
}

/// A request that runs.
pub struct Running(Ticker);

impl Ticker {
    pub fn start(engine: wasmtime::Engine) -> std::io::Result<Self> {
        let ticker = Self(Arc::new(Shared { running: Mutex::new(Some(0)), changed: Condvar::new() }));
        let own = ticker.clone();
        thread::Builder::new().name("wasm-ticker".to_owned()).spawn(move || own.tick(&engine))?;
        Ok(ticker)
    }

    pub fn runs(&self) -> Running {
        if let Some(running) = &mut *self.running() {
            *running += 1;
        }
        self.0.changed.notify_one();
        Running(self.clone())
    }

    /// Ends the thread.
    pub fn stop(&self) {
        *self.running() = None;
        self.0.changed.notify_one();
    }

    fn tick(&self, engine: &wasmtime::Engine) {
        loop {
            let idle = |running: &mut Option<usize>| *running == Some(0);
            let running = self.0.changed.wait_while(self.running(), idle);
            if running.unwrap_or_else(PoisonError::into_inner).is_none() {
                return;
            }
            thread::sleep(limits::TICK);
            engine.increment_epoch();
        }
    }

    fn running(&self) -> MutexGuard<'_, Option<usize>> {
        self.0.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(running) = &mut *self.0.running() {
            *running -= 1;
        }
    }
}
