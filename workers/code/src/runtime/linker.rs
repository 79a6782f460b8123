//! What is linked into a run. Everything else the interpreter could ask for ends the run by name.

use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker, LinkerInstance, ResourceType, Val, WasmList};
use wasmtime::{Engine, Result, StoreContextMut};

use super::host::Host;
use super::limits::Ended;
use crate::program::Limit;

/// Random bytes a program may ask for in one call.
const RANDOM_BYTES_MAX: u64 = 1024 * 1024;

type Ctx<'a> = StoreContextMut<'a, Host>;

/// The linker of every run.
pub(super) fn linker(engine: &Engine, component: &Component) -> Result<Linker<Host>> {
    let mut linker = Linker::new(engine);
    ours(&mut linker.root())?;
    for (name, item) in component.component_type().imports(engine) {
        if let ComponentItem::ComponentInstance(instance) = item.ty {
            let mut linked = linker.instance(name)?;
            for (function, item) in instance.exports(engine) {
                link(&mut linked, name, function, &item.ty)?;
            }
        }
    }
    Ok(linker)
}

fn ours(root: &mut LinkerInstance<'_, Host>) -> Result<()> {
    root.func_wrap("emit", |ctx: Ctx<'_>, (stream, piece): (u8, WasmList<u8>)| emit(ctx, stream, &piece))?;
    root.func_wrap("sleep", |mut ctx: Ctx<'_>, (nanoseconds,): (u64,)| {
        ctx.data_mut().clock.sleep(nanoseconds);
        Ok(())
    })
}

/// Copies no more than there is room for, whatever length the guest claims. Printing more ends the run.
fn emit(mut ctx: Ctx<'_>, stream: u8, piece: &WasmList<u8>) -> Result<()> {
    let room = ctx.data_mut().printed(stream).room();
    let kept = piece.as_le_slice(&ctx)[..piece.len().min(room)].to_vec();
    ctx.data_mut().printed(stream).keep(&kept);
    if piece.len() > room { Err(Ended(Limit::Output).into()) } else { Ok(()) }
}

fn link(linker: &mut LinkerInstance<'_, Host>, interface: &str, name: &str, item: &ComponentItem) -> Result<()> {
    match item {
        ComponentItem::Resource(_) => linker.resource(name, ResourceType::host::<()>(), |_, _| Ok(())),
        ComponentItem::ComponentFunc(_) => function(linker, interface, name),
        ComponentItem::CoreFunc(_)
        | ComponentItem::Module(_)
        | ComponentItem::Component(_)
        | ComponentItem::ComponentInstance(_)
        | ComponentItem::Type(_) => Ok(()),
    }
}

fn function(linker: &mut LinkerInstance<'_, Host>, interface: &str, name: &str) -> Result<()> {
    // `wasi:clocks/wall-clock@0.2.9`: whichever minor version the build tool brings.
    let unversioned = interface.split('@').next().unwrap_or_default();
    match (unversioned, name) {
        ("wasi:clocks/wall-clock", "now" | "resolution") => wall_clock(linker, name),
        ("wasi:clocks/monotonic-clock", "now" | "resolution") => monotonic_clock(linker, name),
        ("wasi:random/random", "get-random-bytes") => random_bytes(linker, name),
        ("wasi:random/random", "get-random-u64") => random_u64(linker, name),
        ("wasi:cli/environment", "get-environment" | "get-arguments")
        | ("wasi:filesystem/preopens", "get-directories") => linker.func_new(name, |_, _, _, results| {
            results[0] = Val::List(Vec::new());
            Ok(())
        }),
        _ => forbidden(linker, format!("{unversioned}#{name}"), name),
    }
}

fn forbidden(linker: &mut LinkerInstance<'_, Host>, import: String, name: &str) -> Result<()> {
    linker.func_new(name, move |_, _, _, _| Err(Ended(Limit::ForbiddenImport(import.clone())).into()))
}

fn wall_clock(linker: &mut LinkerInstance<'_, Host>, name: &str) -> Result<()> {
    let reads = name == "now";
    linker.func_new(name, move |mut ctx, _, _, results| {
        let (seconds, nanoseconds) = if reads { ctx.data_mut().clock.wall() } else { (0, 1_000) };
        results[0] = Val::Record(vec![
            ("seconds".to_owned(), Val::U64(seconds)),
            ("nanoseconds".to_owned(), Val::U32(nanoseconds)),
        ]);
        Ok(())
    })
}

fn monotonic_clock(linker: &mut LinkerInstance<'_, Host>, name: &str) -> Result<()> {
    let reads = name == "now";
    linker.func_wrap(name, move |mut ctx: Ctx<'_>, (): ()| {
        Ok((if reads { ctx.data_mut().clock.monotonic_ns() } else { 1_000 },))
    })
}

fn random_bytes(linker: &mut LinkerInstance<'_, Host>, name: &str) -> Result<()> {
    linker.func_wrap(name, |mut ctx: Ctx<'_>, (length,): (u64,)| {
        let length = usize::try_from(length.min(RANDOM_BYTES_MAX))?;
        let mut bytes = vec![0; length];
        ctx.data_mut().random.fill(&mut bytes)?;
        Ok((bytes,))
    })
}

fn random_u64(linker: &mut LinkerInstance<'_, Host>, name: &str) -> Result<()> {
    linker.func_wrap(name, |mut ctx: Ctx<'_>, (): ()| {
        let mut bytes = [0; 8];
        ctx.data_mut().random.fill(&mut bytes)?;
        Ok((u64::from_le_bytes(bytes),))
    })
}
