//! The sandbox as it is shipped, and programs to measure it with.

use std::path::PathBuf;

use aipaygen_code::{Program, Settings};
use tokio::runtime::{Builder, Runtime};

/// Each also runs on the machine's own Python, for comparison.
pub(crate) const PROGRAMS: &[(&str, &str)] = &[
    ("hello", "print(1+1)"),
    ("fib", "def f(n): return n if n < 2 else f(n-1) + f(n-2)\nprint(f(24))"),
    (
        "primes",
        "s = bytearray([1]) * 200001\nfor n in range(2, 448):\n    if s[n]: s[n*n::n] = bytes(len(range(n*n, 200001, n)))\n\
         print(sum(s[2:]), sum(n * n % 7 for n in range(200000) if s[n]))",
    ),
    (
        "json",
        "import json\nd = [{'id': i, 'name': f'item {i}', 'tags': ['a', 'b'], 'price': i * 1.5} for i in range(500)]\n\
         for _ in range(20): t = json.dumps(d); d = json.loads(t)\nprint(len(t))",
    ),
    (
        "regex",
        "import re\nt = 'The quick brown fox 123 jumps over 456 lazy dogs. ' * 400\n\
         for _ in range(10): n = len(re.findall(r'\\b([a-z]+)\\s+(\\d+)', t)); m = len(re.sub(r'[aeiou]', '*', t))\nprint(n, m)",
    ),
    (
        "hash",
        "import hashlib\nx = b'x' * 65536\nfor _ in range(40): h = hashlib.sha256(x).hexdigest(); g = hashlib.md5(x).hexdigest()\nprint(h, g)",
    ),
];

pub(crate) fn settings() -> Settings {
    Settings {
        runner: PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/sandbox/runner.cwasm")),
        runs_in_parallel: 0,
        runs_resting_max: 16,
        runs_waiting_max: 4096,
        user_id: 65_534,
        timeout_ms_max: 30_000,
        timeout_ms_default: 10_000,
        memory_bytes_max: 256 * 1024 * 1024,
        output_bytes_max: 128 * 1024,
        source_bytes_max: 64 * 1024,
    }
}

pub(crate) fn program(code: &str) -> Program {
    Program { code: code.to_owned(), ..Program::default() }
}

pub(crate) fn runtime() -> Runtime {
    Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime needs a thread")
}
