"""How an exception is told: on stderr as CPython tells it, without our frames, and as type, message, line."""

import sys
import traceback

NAME = "main.py"


def exception(error, chars_max):
    """Prints the traceback of the program's own frames and returns `(type, message, line)`."""
    error.__traceback__ = trail = _own(error.__traceback__)
    try:
        traceback.print_exception(type(error), error, trail)
    except Exception:
        print(_kind(error), file=sys.stderr)
    return _kind(error)[:chars_max], _message(error)[:chars_max], _line(error, trail)


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
