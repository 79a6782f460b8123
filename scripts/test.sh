#!/usr/bin/env bash
# Runs the unit tests and the acceptance suite on the embedded backends, then the acceptance suite
# again with Postgres, NATS and a process for each role. Arguments go to cargo-nextest.
set -euo pipefail
cd "$(dirname "$0")/.."
nextest=target/venv/bin/cargo-nextest

run() {
    # The same packages in both runs: another selection would compile the dependencies again.
    AIPAYGEN_TEST_BACKEND=$1 $nextest nextest run --locked --workspace --profile "$1" "${@:2}"
}

echo "test: linking the Python component" >&2
# With the compiler, in the build that scripts/sandbox.sh has made: elsewhere it would end up in the service.
cargo test --locked --quiet --package aipaygen-precompile --features compiler
echo "test: every crate, and the acceptance suite on SQLite and the in-process bus" >&2
run embedded "$@"
echo "test: the acceptance suite on Postgres and NATS, a process for each role" >&2
run distributed "$@"
