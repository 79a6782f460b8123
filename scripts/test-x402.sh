#!/usr/bin/env bash
# Runs the slow battery of x402 on a real chain, with everything in one process, and what tells processes apart again
# with Postgres, NATS and a process for each role. Arguments go to cargo-nextest.
set -euo pipefail
cd "$(dirname "$0")/.."
nextest=target/venv/bin/cargo-nextest

run() {
    # The same packages as in scripts/test.sh: another selection would compile the dependencies again.
    AIPAYGEN_TEST_BACKEND=$1 $nextest nextest run --locked --workspace --profile x402 "${@:2}"
}

echo "test-x402: the battery on SQLite and the in-process bus" >&2
run embedded "$@"
echo "test-x402: processes that are killed, on Postgres and NATS" >&2
run distributed "$@" -E 'test(/::crashes::/)'
