//! What all instances share: wasmtime and its pool, the threads that modules compute on, and the compiled code.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use lru::LruCache;
use model::Internal;
use tokio::runtime::Runtime;
use tokio::sync::Semaphore;
use wasmtime::{Config, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::compiled::{self, Compiled};
use crate::find::Target;
use crate::limits;
use crate::ticker::Ticker;

/// What all instances share.
pub struct Shared {
    pub engine: wasmtime::Engine,
    pub ticker: Ticker,
    /// Modules' own: what they compute holds nobody else up.
    pub threads: tokio::runtime::Handle,
    owned: Mutex<Option<Runtime>>,
    compiled: Mutex<LruCache<Target, Arc<Compiled>>>,
    /// Whoever compiles.
    compiling: Semaphore,
}

impl Shared {
    pub fn new() -> wasmtime::Result<Self> {
        let mut pool = PoolingAllocationConfig::default();
        pool.total_core_instances(limits::AT_ONCE)
            .total_component_instances(limits::AT_ONCE)
            .total_memories(limits::AT_ONCE)
            .total_tables(limits::AT_ONCE)
            .total_stacks(limits::AT_ONCE)
            .table_elements(limits::TABLE_ELEMENTS)
            .linear_memory_keep_resident(limits::KEPT_RESIDENT);
        let mut config = Config::new();
        config.epoch_interruption(true).allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
        let engine = wasmtime::Engine::new(&config)?;
        let threads =
            tokio::runtime::Builder::new_multi_thread().thread_name("wasm").enable_time().build()?;
        let ticker = Ticker::start(engine.clone())?;
        let most = NonZeroUsize::new(limits::COMPILED).unwrap_or(NonZeroUsize::MIN);
        Ok(Self {
            engine,
            ticker,
            threads: threads.handle().clone(),
            owned: Mutex::new(Some(threads)),
            compiled: Mutex::new(LruCache::new(most)),
            compiling: Semaphore::new(1),
        })
    }

    /// Compiles what was not compiled yet. The error is the function's own doing.
    pub async fn compiled(
        self: &Arc<Self>,
        target: Target,
    ) -> Result<Result<Arc<Compiled>, String>, Internal> {
        if let Some(known) = self.known(&target) {
            return Ok(Ok(known));
        }
        let _turn = self.compiling.acquire().await.map_err(Internal::because("waiting to compile"))?;
        // Somebody else may have had the same wish.
        if let Some(known) = self.known(&target) {
            return Ok(Ok(known));
        }
        let (engine, wanted) = (self.engine.clone(), target.clone());
        let compiling = tokio::task::spawn_blocking(move || {
            let bytes = read(&wanted.file)?;
            compiled::compile(&engine, &bytes, wanted.export.as_deref()).map_err(|error| format!("{error:#}"))
        });
        let compiled = compiling.await.map_err(Internal::because("compiling a module"))?;
        Ok(compiled.map(|compiled| {
            let compiled = Arc::new(compiled);
            let mut all = self.compiled.lock().unwrap_or_else(PoisonError::into_inner);
            all.put(target, Arc::clone(&compiled));
            compiled
        }))
    }

    fn known(&self, target: &Target) -> Option<Arc<Compiled>> {
        self.compiled.lock().unwrap_or_else(PoisonError::into_inner).get(target).cloned()
    }

    /// Ends the threads. What still runs in them is dropped.
    pub fn stop(&self) {
        self.ticker.stop();
        let threads = self.owned.lock().unwrap_or_else(PoisonError::into_inner).take();
        threads.into_iter().for_each(Runtime::shutdown_background);
    }
}

fn read(file: &PathBuf) -> Result<Vec<u8>, String> {
    let bytes = std::fs::metadata(file).map_err(|error| error.to_string())?.len();
    if bytes > limits::MODULE_BYTES {
        return Err(format!(
            "it has {bytes} bytes, more than the {} that a module may have",
            limits::MODULE_BYTES
        ));
    }
    std::fs::read(file).map_err(|error| error.to_string())
}
