"""What happens once, when the runner is built: load every allowed module, warm up, and freeze.

The instance a program gets is a copy of the memory as this leaves it.
"""

import ast
import builtins
import encodings
import gc
import importlib
import importlib.util
import linecache
import pathlib
import pkgutil
import random
import sys
import types

import files

from _runner import immortal, session

# What the interpreter itself imports when it is first needed, which is too late without a file system.
_LATE = ("_colorize", "_pylong", "_suggestions", "linecache", "tracemalloc", "traceback")

# Large, and of no use in a run.
_NEVER = ("ctypes", "doctest", "multiprocessing", "pdb", "pydoc", "subprocess", "tkinter", "webbrowser")

# CPython finds these in the module `site`, which a program run from a file has.
_EXITS = ("exit", "quit")

_WARM_UP = '''
import asyncio, dataclasses, datetime, json, re
@dataclasses.dataclass
class Point:
    x: int = 0
print(f"{Point()!r:>10}", json.dumps({"a": [1, 2.5, None]}), re.findall(r"\\d+", "a1"), sorted("ba"))
asyncio.run(asyncio.sleep(0))
datetime.datetime.strptime("2024-01-02", "%Y-%m-%d").strftime("%c")
raise ValueError(Point())
'''


def freeze():
    for name in _allowed():
        importlib.import_module(name)
    for name in _LATE:
        importlib.import_module(name)
    for name in _lazy(_allowed()):
        _import_if_there(name)
    for codec in pkgutil.iter_modules(encodings.__path__):
        _import_if_there(f"encodings.{codec.name}")
    for name in _EXITS:
        setattr(builtins, name, sys.exit)
    _warm_up()
    gc.collect()
    # A collection in a run then looks at the run's own objects, and dirties no page of ours.
    gc.freeze()
    immortal.name()


def _allowed():
    here = pathlib.Path(__file__).parent.parent
    lines = (here / "modules.txt").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def _lazy(allowed):
    """What the allowed modules, and the parts of packages among them, import inside their functions."""
    packages = tuple(f"{name}." for name in allowed if hasattr(sys.modules[name], "__path__"))
    for name, module in sorted(sys.modules.items()):
        source = pathlib.Path(getattr(module, "__file__", None) or "built-in")
        # Modules frozen into the interpreter name a file that is not there.
        if (name in allowed or name.startswith(packages)) and source.exists():
            yield from _imported(ast.parse(source.read_text()), module.__package__)


def _imported(tree, package):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            name = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            yield name
            yield from (f"{name}.{alias.name}" for alias in node.names)


def _import_if_there(name):
    if name.split(".")[0] in _NEVER:
        return
    try:
        importlib.import_module(name)
    except (ImportError, TypeError):
        # Of another operating system, left out of this one's CPython, or a name that is no module.
        pass


def _warm_up():
    streams = sys.stdin, sys.stdout, sys.stderr
    program = types.SimpleNamespace(code=_WARM_UP, stdin=b"", files=[], seed=0, output_bytes_max=400)
    session.run(program, lambda number, piece: None, lambda nanoseconds: None)
    sys.stdin, sys.stdout, sys.stderr = sys.__stdin__, sys.__stdout__, sys.__stderr__ = streams
    sys.modules.pop("__main__")
    linecache.clearcache()
    files._given.clear()
    files._written.clear()
    random.seed(0)
