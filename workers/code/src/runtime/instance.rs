//! One instance of CPython: made ready ahead of its program, used once, dropped.

use std::time::Duration;

use serde_json::value::RawValue;
use wasmtime::component::{Component, ComponentExportIndex, ComponentType, InstancePre, Lift, Lower, TypedFunc};
use wasmtime::{Engine, Result, Store, StoreContextMut, Trap, UpdateDeadline};

use super::host::{Clock, Host};
use super::lanes::Stint;
use super::limits::Ended;
use super::linker::linker;
use super::random::Random;
use crate::program::{Failure, File, Limit, Outcome, Program};
use crate::settings::Settings;

/// Bytes of names, options and list headers beside the texts of an outcome.
const OUTCOME_OVERHEAD_BYTES: usize = 64 * 1024;

/// What every instance is made from.
pub(super) struct Mould {
    engine: Engine,
    instance: InstancePre<Host>,
    run: ComponentExportIndex,
    memory_bytes_max: usize,
    output_bytes_max: usize,
}

/// An instance that waits for its program.
pub(super) struct Ready {
    store: Store<Host>,
    run: TypedFunc<(Call,), (Returned,)>,
    output_bytes_max: usize,
}

/// `program` of `python.wit`.
#[derive(ComponentType, Lower)]
#[component(record)]
struct Call {
    code: String,
    stdin: Vec<u8>,
    files: Vec<CallFile>,
    seed: Option<u64>,
    #[component(name = "output-bytes-max")]
    output_bytes_max: u32,
}

/// `file` of `python.wit`.
#[derive(ComponentType, Lower, Lift)]
#[component(record)]
struct CallFile {
    name: String,
    content: Vec<u8>,
}

/// `outcome` of `python.wit`.
#[derive(ComponentType, Lift)]
#[component(record)]
struct Returned {
    value: Option<String>,
    json: Option<String>,
    failure: Option<ReturnedFailure>,
    files: Vec<CallFile>,
}

/// `failure` of `python.wit`.
#[derive(ComponentType, Lift)]
#[component(record)]
struct ReturnedFailure {
    kind: String,
    message: String,
    line: Option<u32>,
}

impl Mould {
    pub(super) fn new(engine: &Engine, component: &Component, settings: &Settings) -> Result<Self> {
        let run = component
            .get_export_index(None, "run")
            .ok_or_else(|| wasmtime::format_err!("the runner has no export named run"))?;
        Ok(Self {
            engine: engine.clone(),
            instance: linker(engine, component)?.instantiate_pre(component)?,
            run,
            memory_bytes_max: settings.memory_bytes_max,
            output_bytes_max: settings.output_bytes_max,
        })
    }

    pub(super) fn ready(&self) -> Result<Ready> {
        let mut store = Store::new(&self.engine, Host::waiting(self.memory_bytes_max, self.output_bytes_max));
        store.limiter(|host| &mut host.memory);
        store.set_hostcall_fuel(self.output_bytes_max.saturating_mul(4).saturating_add(OUTCOME_OVERHEAD_BYTES));
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(tick);
        let instance = self.instance.instantiate(&mut store)?;
        let run = instance.get_typed_func(&mut store, self.run)?;
        Ok(Ready { store, run, output_bytes_max: self.output_bytes_max })
    }
}

/// Looks at the run's time, and lets others go first.
fn tick(mut ctx: StoreContextMut<'_, Host>) -> Result<UpdateDeadline> {
    let goes_on = ctx.data_mut().stint.as_mut().is_none_or(Stint::goes_on);
    if goes_on { Ok(UpdateDeadline::Continue(1)) } else { Err(Ended(Limit::Deadline).into()) }
}

impl Ready {
    /// Runs the program within its stint, and gives the stint back; nothing comes back if the runtime itself fails.
    pub(super) fn run(mut self, program: Program, stint: Stint) -> Option<(Outcome, Stint)> {
        let host = self.store.data_mut();
        host.clock = Clock::starting(program.now_s);
        host.random = Random::new(program.seed);
        host.stint = Some(stint);
        let returned = self.run.call(&mut self.store, (call(program, self.output_bytes_max),));
        let mut host = self.store.into_data();
        let stint = host.stint.take()?;
        let (returned, limit) = match returned {
            Ok((returned,)) => (Some(returned), None),
            Err(error) => (None, Some(limit(&error, host.memory.refused))),
        };
        Some((outcome(host, returned, limit, stint.used()), stint))
    }
}

fn call(program: Program, output_bytes_max: usize) -> Call {
    let files = program.files.into_iter().map(|File { name, content }| CallFile { name, content });
    Call {
        code: program.code,
        stdin: program.stdin.into_bytes(),
        files: files.collect(),
        seed: program.seed,
        output_bytes_max: u32::try_from(output_bytes_max).unwrap_or(u32::MAX),
    }
}

/// What ended a run that did not return.
fn limit(error: &wasmtime::Error, memory_refused: bool) -> Limit {
    if let Some(Ended(limit)) = error.downcast_ref() {
        return if memory_refused && is_last_word(limit) { Limit::Memory } else { limit.clone() };
    }
    match error.downcast_ref::<Trap>() {
        Some(Trap::StackOverflow) => Limit::Stack,
        Some(_) if memory_refused => Limit::Memory,
        Some(_) => Limit::Crash,
        // Lifting the outcome ran out of fuel: it hands back more than a run may.
        None => Limit::Output,
    }
}

/// Out of memory where no exception can be raised, the interpreter says so on the real stderr and exits; it
/// has neither.
fn is_last_word(limit: &Limit) -> bool {
    matches!(limit, Limit::ForbiddenImport(name) if name.starts_with("wasi:cli/"))
}

fn outcome(host: Host, returned: Option<Returned>, limit: Option<Limit>, duration: Duration) -> Outcome {
    let memory_refused = host.memory.refused;
    let mut outcome = Outcome {
        stdout: host.stdout.into_text(),
        stderr: host.stderr.into_text(),
        value: None,
        value_json: None,
        failure: None,
        limit,
        files: Vec::new(),
        duration,
    };
    if let Some(returned) = returned {
        outcome.value = returned.value;
        outcome.value_json = returned.json.and_then(|json| RawValue::from_string(json).ok());
        outcome.failure = returned.failure.map(|f| Failure { kind: f.kind, message: f.message, line: f.line });
        outcome.files = returned.files.into_iter().map(|f| File { name: f.name, content: f.content }).collect();
        let out_of_memory = outcome.failure.as_ref().is_some_and(|failure| failure.kind == "MemoryError");
        outcome.limit = (memory_refused && out_of_memory).then_some(Limit::Memory);
    }
    outcome
}
