//! Everything that this process logs, for tests that look for what must not be there.

use std::io::Write;
use std::sync::{Mutex, OnceLock};

use tracing_subscriber::EnvFilter;

static LINES: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static STARTED: OnceLock<()> = OnceLock::new();

/// Starts to listen, at the most talkative level of our own crates and the usual one of others.
pub(crate) fn listen() {
    STARTED.get_or_init(|| {
        let filter = EnvFilter::new("info,aipaygen_api=trace,aipaygen_bus=trace,aipaygen_projections=trace");
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(|| Lines).init();
    });
}

/// What was logged so far.
pub(crate) fn so_far() -> String {
    String::from_utf8(LINES.lock().unwrap().clone()).unwrap()
}

struct Lines;

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LINES.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
