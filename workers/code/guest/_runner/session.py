"""One run of one program: its streams, clock, randomness and files, its main module, and how it ended."""

import ast
import json
import linecache
import os
import random
import sys
import types

import files

from _runner import clock, report, streams


def run(program, emit, sleep):
    """Returns `(value, json, failure, files)`, as the component's `outcome` has them."""
    streams.install(program.stdin, emit)
    clock.install(sleep)
    # Left to itself it would ask the host for two and a half thousand bytes, a few at a time.
    random.seed(os.urandom(32) if program.seed is None else program.seed)
    files._given.update((file.name, file.content) for file in program.files)
    files._bytes_max = program.output_bytes_max
    # A character is at most four bytes.
    chars_max = program.output_bytes_max // 4
    value = as_json = failure = None
    try:
        value, as_json = _texts(_execute(program.code), chars_max)
    except SystemExit as end:
        failure = _exit(end, chars_max)
    except BaseException as error:
        failure = report.exception(error, chars_max)
    streams.flush()
    return value, as_json, failure, list(files._written.items())


def _execute(code):
    """Runs the program as `__main__` and returns the value of a last expression."""
    main = types.ModuleType("__main__")
    main.__file__ = report.NAME
    sys.modules["__main__"] = main
    sys.argv = [report.NAME]
    linecache.cache[report.NAME] = (len(code), None, code.splitlines(True), report.NAME)
    tree = ast.parse(code, report.NAME)
    last = None
    if tree.body and isinstance(tree.body[-1], ast.Expr):
        last = ast.Expression(tree.body.pop().value)
    exec(compile(tree, report.NAME, "exec", dont_inherit=True), main.__dict__)
    if last is not None:
        return eval(compile(last, report.NAME, "eval", dont_inherit=True), main.__dict__)


def _texts(value, chars_max):
    if value is None:
        return None, None
    text = report.text(repr(value), chars_max + 1)
    if len(text) > chars_max:
        return text[:chars_max], None
    try:
        as_json = json.dumps(value, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return text, None
    return text, as_json if len(as_json) <= chars_max else None


def _exit(end, chars_max):
    if end.code is None or end.code == 0:
        return None
    if not isinstance(end.code, int):
        print(end.code, file=sys.stderr)
    return "SystemExit", report.text(str(end.code), chars_max), None
