//! One request, in an instance that is made for it and gone after it.

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use sandbox::failures::PAYLOAD;
use tokio::sync::oneshot;
use wasmtime::Store;
use wasmtime_wasi::p2::pipe::{MemoryInputPipe, MemoryOutputPipe};
use wasmtime_wasi::{I32Exit, WasiCtxBuilder};
use wasmtime_wasi_http::WasiHttpView;
use wasmtime_wasi_http::p2::bindings::ProxyPre;
use wasmtime_wasi_http::p2::bindings::http::types::Scheme;

use crate::compiled::Compiled;
use crate::exchange;
use crate::printed::Printed;
use crate::state::{Composed, Memory, Plain, State};

/// How it went.
pub struct Ran {
    pub end: End,
    /// In bytes.
    pub peak_memory: u64,
}

pub enum End {
    Answered(Bytes),
    /// It ended by itself with this status.
    Exited(i32),
    /// It did what it may not, such as dividing by zero: in its engine's words.
    Trapped(String),
    RanOutOfMemory,
    TooLong,
}

/// What a request is run with.
pub struct Request {
    pub event: Bytes,
    pub environment: Vec<(String, String)>,
    pub memory_mib: u32,
    pub printed: Printed,
}

/// Runs it. May be dropped at any await, and lets others run at every tick.
pub async fn run(engine: &wasmtime::Engine, compiled: &Compiled, request: Request) -> Ran {
    let stdout = MemoryOutputPipe::new(PAYLOAD + 1);
    let memory = Memory::of(request.memory_mib);
    let mut wasi = WasiCtxBuilder::new();
    wasi.envs(&request.environment).stderr(request.printed.clone());
    let (ended, memory) = match compiled {
        Compiled::Http(proxy) => {
            wasi.stdout(request.printed.clone());
            let mut store = store(engine, Composed::new(wasi.build(), memory));
            let answered = answer(&mut store, proxy, &request.event).await;
            return judge(answered, store.into_data().memory);
        }
        Compiled::Module(ready, export) => {
            wasi.arg("wasm").stdin(MemoryInputPipe::new(request.event)).stdout(stdout.clone());
            let mut store = store(engine, Plain { wasi: wasi.build_p1(), memory });
            let ended = async {
                let instance = ready.instantiate_async(&mut store).await?;
                let called = instance.get_typed_func::<(), ()>(&mut store, export)?;
                called.call_async(&mut store, ()).await
            };
            (ended.await, store.into_data().memory)
        }
        Compiled::Command(command) => {
            wasi.arg("wasm").stdin(MemoryInputPipe::new(request.event)).stdout(stdout.clone());
            let mut store = store(engine, Composed::new(wasi.build(), memory));
            let ended = async {
                let instance = command.instantiate_async(&mut store).await?;
                instance.wasi_cli_run().call_run(&mut store).await?.map_err(|()| I32Exit(1).into())
            };
            (ended.await, store.into_data().memory)
        }
    };
    let ended = match ended {
        Err(error) if error.downcast_ref::<I32Exit>().is_some_and(|exit| exit.0 == 0) => Ok(()),
        other => other,
    };
    judge(ended.map(|()| stdout.contents()), memory)
}

fn store<T: State>(engine: &wasmtime::Engine, state: T) -> Store<T> {
    let mut store = Store::new(engine, state);
    store.limiter(|state| state.memory());
    store.set_epoch_deadline(1);
    store.epoch_deadline_async_yield_and_update(1);
    store
}

fn judge(ended: wasmtime::Result<Bytes>, memory: Memory) -> Ran {
    let end = match ended {
        Ok(answer) if answer.len() > PAYLOAD => End::TooLong,
        Ok(answer) => End::Answered(answer),
        Err(_) if memory.ran_out => End::RanOutOfMemory,
        Err(error) => match error.downcast_ref::<I32Exit>() {
            Some(exit) => End::Exited(exit.0),
            None => End::Trapped(format!("{:#}", error.root_cause())),
        },
    };
    Ran { end, peak_memory: memory.peak() }
}

async fn answer(
    store: &mut Store<Composed>,
    proxy: &ProxyPre<Composed>,
    event: &Bytes,
) -> wasmtime::Result<Bytes> {
    let request = exchange::request(event).map_err(wasmtime::Error::msg)?;
    let (told, answered) = oneshot::channel();
    let request = store.data_mut().http().new_incoming_request(Scheme::Http, request)?;
    let place = store.data_mut().http().new_response_outparam(told)?;
    let instance = proxy.instantiate_async(&mut *store).await?;
    // It goes on after it has begun to answer: the body comes while it runs.
    let collected = async {
        let Ok(Ok(response)) = answered.await else { return Ok(None) };
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, PAYLOAD).collect().await;
        let body = body.map_err(|error| wasmtime::format_err!("its answer broke off: {error}"))?;
        Ok::<_, wasmtime::Error>(Some(exchange::answer(parts.status, &parts.headers, &body.to_bytes())))
    };
    let handled = instance.wasi_http_incoming_handler().call_handle(&mut *store, request, place);
    let (handled, collected) = tokio::join!(handled, collected);
    handled?;
    collected?.ok_or_else(|| wasmtime::format_err!("it ended without an answer"))
}
