#!/usr/bin/env bash
# Installs what a build, and the named sets (test, lint), need and this machine lacks: Debian packages by
# apt, the wheels of scripts/requirements/SET.txt, pinned by hash, into target/venv, and for `test` OpenAI's client of
# scripts/requirements/openai.txt, the packages of
# tests/npm, pinned by hash, into target/npm, and the wheels of the x402 peers into target/x402.
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
    if [[ " $* " == *" test "* ]] && ! command -v npm >/dev/null; then
        missing+=(nodejs npm)
    fi
    # Tests of the guard make networks of their own.
    if [[ " $* " == *" test "* ]] && ! command -v ip >/dev/null; then
        missing+=(iproute2)
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

# The chain of the x402 tests and the token's contracts. No package may run anything while it is installed.
npm_packages() {
    local list=tests/npm/package-lock.json stamp=target/npm/.installed
    cmp -s "$list" "$stamp" && return
    say "installing the packages of $list into target/npm"
    mkdir -p target/npm
    cp tests/npm/package.json tests/npm/package-lock.json target/npm/
    npm ci --prefix target/npm --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
    cp "$list" "$stamp"
}

# The official buyers and facilitators of x402. Those of PyPI have a virtual environment of their own, and the buyer of
# version 1 a directory, since both are called x402. The scripts that run them are linked beside their packages.
x402_peers() {
    local home=target/x402 lists=scripts/requirements
    mkdir -p $home target/npm
    ln -sfn ../../tests/x402/peers target/npm/peers
    cat $lists/x402.txt $lists/x402-v1.txt | cmp -s - $home/.installed && return
    say "installing the wheels of $lists/x402.txt and $lists/x402-v1.txt into $home"
    rm -rf $home/venv $home/v1
    python3 -m venv $home/venv
    local pip=("$home/venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes --no-deps)
    "${pip[@]}" -r $lists/x402.txt
    "${pip[@]}" -r $lists/x402-v1.txt --target $home/v1
    cat $lists/x402.txt $lists/x402-v1.txt >$home/.installed
}

command -v cargo >/dev/null || { say "cargo is missing; install Rust 1.95 or newer first"; exit 1; }
command -v python3 >/dev/null || apt_install python3 python3-venv
system_packages "$@"
mkdir -p target
# Two makes at once would install over each other.
exec 9>target/.setup.lock
flock 9
for set in "$@"; do
    wheels "$set"
    [ "$set" != test ] || { wheels openai; npm_packages; x402_peers; }
done
