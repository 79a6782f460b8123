//! Ticks the engine's epoch, so that every run looks at its deadline, and only while the engine lives.

use std::thread;
use std::time::Duration;

use wasmtime::{Engine, EngineWeak};

/// How late a deadline may be noticed, at best.
const TICK: Duration = Duration::from_millis(10);

/// Starts the thread; it ends with the engine.
pub(super) fn start(engine: &Engine) -> std::io::Result<()> {
    let engine = engine.weak();
    thread::Builder::new().name("sandbox-ticker".into()).spawn(move || tick(&engine))?;
    Ok(())
}

fn tick(engine: &EngineWeak) {
    while let Some(engine) = engine.upgrade() {
        engine.increment_epoch();
        drop(engine);
        thread::sleep(TICK);
    }
}
