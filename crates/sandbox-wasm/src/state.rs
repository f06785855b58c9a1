//! What one request has: its view of the system, and its memory's bounds.

use std::future::Future;

use wasmtime::ResourceLimiter;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::p1::WasiP1Ctx;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};
use wasmtime_wasi_http::{
    Error, RequestOptions, WasiBody, WasiHttpCtx, WasiHttpCtxView, WasiHttpHooks, WasiHttpView,
};

use crate::limits;

/// Of a module of preview 1.
pub struct Plain {
    pub wasi: WasiP1Ctx,
    pub memory: Memory,
}

/// Of a component.
pub struct Composed {
    pub wasi: WasiCtx,
    pub http: WasiHttpCtx,
    pub table: ResourceTable,
    pub hooks: NoWayOut,
    pub memory: Memory,
}

/// What a request is started with.
pub trait State: Send + 'static {
    fn memory(&mut self) -> &mut Memory;
}

impl State for Plain {
    fn memory(&mut self) -> &mut Memory {
        &mut self.memory
    }
}

impl State for Composed {
    fn memory(&mut self) -> &mut Memory {
        &mut self.memory
    }
}

impl Composed {
    pub fn new(wasi: WasiCtx, memory: Memory) -> Self {
        Self { wasi, http: WasiHttpCtx::new(), table: ResourceTable::new(), hooks: NoWayOut, memory }
    }
}

impl WasiView for Composed {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl WasiHttpView for Composed {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView { hooks: &mut self.hooks, table: &mut self.table, ctx: &mut self.http }
    }
}

/// Refuses every request that a component would send.
pub struct NoWayOut;

type Sending = Box<dyn Future<Output = Result<(), Error>> + Send>;

impl WasiHttpHooks for NoWayOut {
    fn send_request(
        &mut self,
        _: http::Request<WasiBody>,
        _: Option<RequestOptions>,
        _: Sending,
    ) -> Box<dyn Future<Output = Result<(http::Response<WasiBody>, Sending), Error>> + Send> {
        Box::new(std::future::ready(Err(Error::HttpRequestDenied)))
    }
}

/// Bounds a request's memories together, and knows how far they went.
pub struct Memory {
    limit: usize,
    held: usize,
    /// Whether more was asked for than there is.
    pub ran_out: bool,
}

impl Memory {
    pub fn of(mib: u32) -> Self {
        Self { limit: mib as usize * (1 << 20), held: 0, ran_out: false }
    }

    /// In bytes. Memories of modules only grow.
    pub fn peak(&self) -> u64 {
        self.held as u64
    }
}

impl ResourceLimiter for Memory {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let held = self.held + desired.saturating_sub(current);
        if held > self.limit {
            self.ran_out = true;
            return Ok(false);
        }
        self.held = held;
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= limits::TABLE_ELEMENTS)
    }
}
