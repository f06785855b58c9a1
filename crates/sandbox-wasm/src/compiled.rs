//! Compiled code, ready to be run: what a file holds, linked with all that it may call.

use wasmtime::component::{self, Component};
use wasmtime::{InstancePre, Linker, Module};
use wasmtime_wasi::p2::bindings::CommandPre;
use wasmtime_wasi_http::p2::bindings::ProxyPre;

use crate::state::{Composed, Plain};

/// What is run for a request.
pub enum Compiled {
    /// A module of preview 1, and what of it is called.
    Module(InstancePre<Plain>, String),
    Command(CommandPre<Composed>),
    Http(ProxyPre<Composed>),
}

/// What a component exports that answers HTTP.
const HTTP: &str = "wasi:http/incoming-handler";
/// What a program from start to end exports.
const START: &str = "_start";
/// How a component begins; a module has a one in the fifth place.
const COMPONENT: [u8; 8] = [0, b'a', b's', b'm', 0x0D, 0, 1, 0];

/// Compiles. Takes long: a second for each megabyte or so.
pub fn compile(engine: &wasmtime::Engine, bytes: &[u8], export: Option<&str>) -> wasmtime::Result<Compiled> {
    if bytes.starts_with(&COMPONENT) { component(engine, bytes) } else { module(engine, bytes, export) }
}

fn module(engine: &wasmtime::Engine, bytes: &[u8], export: Option<&str>) -> wasmtime::Result<Compiled> {
    let module = Module::new(engine, bytes)?;
    let has = |name: &&str| module.get_export(name).is_some_and(|kind| kind.func().is_some());
    // A handler is always named: where the module has nothing of that name, its own start is meant.
    let called = export.filter(has).unwrap_or(START).to_owned();
    if !has(&called.as_str()) {
        return Err(wasmtime::format_err!("it exports no function {called}"));
    }
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p1::add_to_linker_async(&mut linker, |state: &mut Plain| &mut state.wasi)?;
    Ok(Compiled::Module(linker.instantiate_pre(&module)?, called))
}

fn component(engine: &wasmtime::Engine, bytes: &[u8]) -> wasmtime::Result<Compiled> {
    let component = Component::new(engine, bytes)?;
    let mut linker = component::Linker::<Composed>::new(engine);
    wasmtime_wasi::p2::add_to_linker_async(&mut linker)?;
    wasmtime_wasi_http::p2::add_only_http_to_linker_async(&mut linker)?;
    let answers_http = component.component_type().exports(engine).any(|(name, _)| name.starts_with(HTTP));
    let ready = linker.instantiate_pre(&component)?;
    Ok(if answers_http {
        Compiled::Http(ProxyPre::new(ready)?)
    } else {
        Compiled::Command(CommandPre::new(ready)?)
    })
}
