"""The three standard streams. What is printed goes to the host in pieces, so that a run that is ended
keeps what it printed."""

import io
import sys

_PIECE = 8192
# The first pieces go out line by line: whoever ends up at a deadline sees how far the program came.
_EAGER_PIECES = 200


class _Pipe(io.RawIOBase):
    def __init__(self, number, emit):
        self._number = number
        self._emit = emit

    def writable(self):
        return True

    def write(self, piece):
        piece = bytes(piece)
        self._emit(self._number, piece)
        return len(piece)


class _Output(io.TextIOWrapper):
    _pieces = 0

    def write(self, text):
        length = super().write(text)
        if self._pieces < _EAGER_PIECES and "\n" in text:
            self._pieces += 1
            self.flush()
        return length


def install(stdin, emit):
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), "utf-8", "surrogateescape")
    sys.stdout = _output(1, emit, "strict")
    sys.stderr = _output(2, emit, "backslashreplace")
    for name in ("stdin", "stdout", "stderr"):
        setattr(sys, f"__{name}__", getattr(sys, name))


def _output(number, emit, errors):
    return _Output(io.BufferedWriter(_Pipe(number, emit), _PIECE), "utf-8", errors, newline="\n")


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            # The program put something else in its place, or closed it.
            pass
