"""Small named inputs and outputs of a run, held in memory: there is no file system.

    import files
    rows = files.read_text("sales.csv").splitlines()
    files.write("total.txt", str(len(rows)))
"""

__all__ = ["names", "read_bytes", "read_text", "write"]

_given = {}
_written = {}
_bytes_max = 0


def names():
    """The names of all files, those given and those written, sorted."""
    return sorted({**_given, **_written})


def read_bytes(name):
    """The bytes of a file."""
    for place in (_written, _given):
        if name in place:
            return place[name]
    raise FileNotFoundError(f"no file named {name!r}; there are: {', '.join(names()) or 'none'}")


def read_text(name, encoding="utf-8"):
    """The text of a file."""
    return read_bytes(name).decode(encoding)


def write(name, content):
    """Hands back a file with the run's result: text, or bytes."""
    if not isinstance(name, str) or not name:
        raise TypeError("a file's name is a non-empty str")
    name.encode()
    if isinstance(content, str):
        content = content.encode()
    others = sum(len(written) for other, written in _written.items() if other != name)
    if others + len(content) > _bytes_max:
        raise OSError(f"the files of a run may hold {_bytes_max} bytes together")
    _written[name] = bytes(content)
