#!/usr/bin/env bash
# Runs the unit tests and the acceptance suite on the embedded backends, then the acceptance suite
# again with Postgres, NATS and a process for each role. Arguments go to cargo-nextest.
set -euo pipefail
cd "$(dirname "$0")/.."
nextest=target/venv/bin/cargo-nextest
: "${CRATES:=--workspace --exclude aipaygen-precompile}"

run() {
    echo "test: $1" >&2
    # shellcheck disable=SC2086
    AIPAYGEN_TEST_BACKEND=$2 "$nextest" nextest run --locked $CRATES "${@:3}"
}

run "every crate, and the acceptance suite on SQLite and the in-process bus" embedded \
    --profile embedded "$@"
run "the acceptance suite on Postgres and NATS, a process for each role" distributed \
    --profile distributed "$@"
