#!/usr/bin/env bash
# Installs what a build, and the named sets (test, lint), need and this machine lacks: Debian packages by
# apt, and the wheels of scripts/requirements/SET.txt, pinned by hash, into target/venv.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=target/venv

say() { echo "set-up: $*" >&2; }

apt_install() {
    say "installing $* (apt)"
    local sudo=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || { say "run as root, or first: apt-get install $*"; exit 1; }
        sudo=(sudo)
    fi
    "${sudo[@]}" apt-get update -qq
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# SQLite, ring and mimalloc are C; everything else is Rust.
system_packages() {
    local missing=()
    command -v cc >/dev/null || missing+=(gcc libc6-dev)
    python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
    if [[ " $* " == *" test "* ]] && ! compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
        missing+=(postgresql-15)
    fi
    [ ${#missing[@]} = 0 ] || apt_install "${missing[@]}"
}

wheels() {
    local list=scripts/requirements/$1.txt stamp=$venv/.installed-$1
    cmp -s "$list" "$stamp" && return
    [ -x $venv/bin/python ] || python3 -m venv $venv
    say "installing the wheels of $list into $venv"
    $venv/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r "$list"
    cp "$list" "$stamp"
}

command -v cargo >/dev/null || { say "cargo is missing; install Rust 1.95 or newer first"; exit 1; }
command -v python3 >/dev/null || apt_install python3 python3-venv
system_packages "$@"
mkdir -p target
# Two makes at once would install over each other.
exec 9>target/.setup.lock
flock 9
for set in "$@"; do wheels "$set"; done
