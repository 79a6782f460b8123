"""Measures llama.cpp on the embedded model's file, as benches/embedded.rs of workers/ai/embedded measures ours.

Usage: python -m venv /tmp/llama && /tmp/llama/bin/pip install xllamacpp==2026.10.11549
       /tmp/llama/bin/python scripts/bench_llama.py THREADS

Prints tokens a second of wall clock, and of processor time: where other programs run, only the latter compares.
"""

import resource
import sys
import time

import xllamacpp

TEXT = "The library opens at nine and closes at six. "


def processor_s():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main():
    threads = int(sys.argv[1])
    params = xllamacpp.CommonParams()
    params.model.path = "target/models/smollm2-135m-instruct.gguf"
    params.n_ctx = 2048
    params.n_parallel = 1
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
    server = xllamacpp.Server(params)

    def run(prompt, tokens):
        call = {"prompt": prompt, "n_predict": tokens, "temperature": 0, "ignore_eos": True, "cache_prompt": False}
        wall, processor = time.time(), processor_s()
        usage = server.handle_completions(call)["usage"]
        return time.time() - wall, processor_s() - processor, usage

    for _ in range(3):
        wall, processor, usage = run(TEXT * 40, 1)
        read = usage["prompt_tokens"]
        print(f"prompt tokens: {read / wall:.0f} a second, {read / processor:.0f} a second of processor time")
        wall, processor, usage = run("Tell me a long story about a fox and a goose.", 128)
        print(f"tokens written: {128 / wall:.0f} a second, {128 / processor:.0f} a second of processor time")


if __name__ == "__main__":
    main()
