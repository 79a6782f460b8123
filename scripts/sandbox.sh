#!/usr/bin/env bash
# Builds the Python runner of the code worker under target/sandbox: a virtual environment with the build
# tool, the component (CPython and our guest), and the component compiled for this machine.
# Each step runs only if what it is made of has changed. Usage: scripts/sandbox.sh
set -euo pipefail
cd "$(dirname "$0")/.."

guest=workers/code/guest
out=target/sandbox
mkdir -p "$out"

# hash FILE…: one line that changes when the name or content of any of them does.
hash() { sha256sum "$@" | sha256sum | cut -d ' ' -f 1; }

# fresh STAMP INPUTS: whether a step was finished with these inputs.
fresh() { [ "$(cat "$out/$1.stamp" 2>/dev/null)" = "$2" ]; }
finished() { printf '%s\n' "$2" >"$out/$1.stamp"; }

tool=$(hash "$guest/requirements.txt")
if ! fresh venv "$tool"; then
    echo "sandbox: installing the build tool" >&2
    rm -rf "$out/venv"
    python3 -m venv "$out/venv"
    "$out/venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps \
        --requirement "$guest/requirements.txt"
    finished venv "$tool"
fi

mapfile -t sources < <(find "$guest" -type f -not -name '*.pyc' | LC_ALL=C sort)
component="$tool $(hash "${sources[@]}")"
if ! fresh component "$component" || [ ! -f "$out/runner.wasm" ]; then
    echo "sandbox: building the Python component" >&2
    # The tool lists its directory into the component: hand it the guest's sources and nothing else.
    rm -rf "$out/guest"
    mkdir "$out/guest"
    cp -r "$guest"/*.py "$guest/modules.txt" "$guest/_runner" "$out/guest/"
    find "$out/guest" -name __pycache__ -prune -exec rm -rf {} +
    # The component is only moved in place whole: an interrupted build is built again.
    "$out/venv/bin/componentize-py" --quiet --wit-path "$guest/python.wit" --world python \
        componentize --python-path "$out/guest" --output "$out/runner.wasm.part" app
    mv "$out/runner.wasm.part" "$out/runner.wasm"
    finished component "$component"
fi

mapfile -t compiler < <(find workers/code/precompile -type f | LC_ALL=C sort)
engine=$(grep -A 1 '^name = "wasmtime' Cargo.lock | sha256sum | cut -d ' ' -f 1)
processor=$(grep -m 1 -E '^(flags|Features)' /proc/cpuinfo 2>/dev/null | sha256sum | cut -d ' ' -f 1)
runner="$(hash "$out/runner.wasm" "${compiler[@]}") $engine $processor"
if ! fresh runner "$runner" || [ ! -f "$out/runner.cwasm" ]; then
    echo "sandbox: compiling the component for this machine" >&2
    # An invocation of its own: together with the service, its features would link the compiler into it.
    cargo run --quiet --package aipaygen-precompile --features compiler -- \
        "$out/runner.wasm" "$out/runner.cwasm"
    finished runner "$runner"
fi
