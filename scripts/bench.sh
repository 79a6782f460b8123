#!/usr/bin/env bash
# Runs every benchmark of the workspace in the release profile: criterion's, and the load generator of the root
# package where there is one. Arguments are passed to them all: a filter, --quick.
set -euo pipefail
cd "$(dirname "$0")/.."

echo "bench: every bench target of the workspace (the first time compiles everything in the release profile)" >&2
cargo bench --locked --workspace --bench '*' -- "$@"
