"""How an exception is told: on stderr as CPython tells it, without our frames, and as type, message, line."""

import sys
import traceback

NAME = "main.py"
# Where the build tool keeps what it was handed.
_OURS = "/0/"


def exception(error, chars_max):
    """Prints the traceback of the program's own frames and returns `(type, message, line)`."""
    error.__traceback__ = trail = _own(error.__traceback__)
    try:
        _tell(error, trail)
    except Exception:
        print(_kind(error), file=sys.stderr)
    return text(_kind(error), chars_max), text(_message(error), chars_max), _line(error, trail)


def text(anything, chars_max):
    """A text that can be handed to the host: not too long, and without half characters."""
    return anything[:chars_max].encode("utf-8", "backslashreplace").decode()


def _tell(error, trail):
    told = traceback.TracebackException(type(error), error, trail, compact=True)
    parts = [told]
    while parts:
        part = parts.pop()
        frames = [frame for frame in part.stack if not frame.filename.startswith(_OURS)]
        # Without frames, as for a syntax error, CPython writes no heading.
        part.stack = traceback.StackSummary.from_list(frames) if frames else None
        related = (part.__cause__, part.__context__, *(part.exceptions or ()))
        parts += [other for other in related if other is not None and other.stack is not None]
    told.print()


def _own(trail):
    while trail is not None and trail.tb_frame.f_code.co_filename != NAME:
        trail = trail.tb_next
    return trail


def _kind(error):
    kind = type(error)
    if kind.__module__ in ("builtins", "__main__"):
        return str(kind.__qualname__)
    return f"{kind.__module__}.{kind.__qualname__}"


def _message(error):
    try:
        return error.msg if isinstance(error, SyntaxError) else str(error)
    except Exception:
        return "<no message: its __str__ failed>"


def _line(error, trail):
    if isinstance(error, SyntaxError) and error.filename == NAME:
        return error.lineno
    line = None
    while trail is not None:
        if trail.tb_frame.f_code.co_filename == NAME:
            line = trail.tb_lineno
        trail = trail.tb_next
    return line
