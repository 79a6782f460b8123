"""Names the objects that are there in every run, for the build to make them immortal.

Counting a reference to an object writes to it, and a page that is written to is a page to copy. Python has no word for
"never count this one"; the build has, once it knows where they are.
"""

import array
import gc
import sys
import types

# The build looks for this, a number of addresses, the addresses, and the number's complement.
_MARK = bytes.fromhex("00414950415947454e20494d4d4f5254414c00ff")

# What comes and goes while this runs.
_PASSING = (types.FrameType, types.TracebackType, types.GeneratorType, types.CoroutineType)

_kept = []
_addresses = b""


def name():
    """To be called last. What is named is kept."""
    global _addresses
    seen = {id(_kept), id(globals())}
    seen.add(id(seen))
    found = [*sys.modules.values(), *gc.get_objects()]
    found = [thing for thing in found if not isinstance(thing, _PASSING)]
    while found:
        thing = found.pop()
        if id(thing) not in seen:
            seen.add(id(thing))
            _kept.append(thing)
            found += _inside(thing)
    words = array.array("I", [len(_kept), *sorted(id(thing) for thing in _kept), ~len(_kept) & 0xFFFFFFFF])
    _addresses = b"".join((_MARK, words.tobytes()))


def _inside(thing):
    if isinstance(thing, types.CodeType):
        return (
            *thing.co_consts,
            thing.co_consts,
            thing.co_names,
            *thing.co_names,
            *thing.co_varnames,
            *thing.co_freevars,
            *thing.co_cellvars,
            thing.co_name,
            thing.co_qualname,
            thing.co_filename,
            thing.co_linetable,
            thing.co_exceptiontable,
        )
    return [other for other in gc.get_referents(thing) if not isinstance(other, _PASSING)]
