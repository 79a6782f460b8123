"""Time passes only where the program asks it to: sleeping moves the run's clock, and nobody waits."""

import asyncio
import asyncio.unix_events
import time

_NANOSECONDS = 1_000_000_000
_LONGEST = 2**63 - 1


class _Idle:
    """What an event loop asks for events. There are none; there is only time."""

    def select(self, timeout):
        if timeout is None:
            raise RuntimeError("the program waits for something that cannot happen")
        if timeout > 0:
            time.sleep(timeout)
        return []

    def close(self):
        pass


class _Loop(asyncio.BaseEventLoop):
    def __init__(self):
        super().__init__()
        self._selector = _Idle()

    def _process_events(self, events):
        pass

    def _write_to_self(self):
        pass

    def run_in_executor(self, executor, function, *arguments):
        """There are no threads: the call runs here and now."""
        future = self.create_future()
        try:
            future.set_result(function(*arguments))
        except Exception as error:
            future.set_exception(error)
        return future


def install(host_sleep):
    def sleep(seconds, /):
        if not isinstance(seconds, int | float) and not hasattr(seconds, "__index__"):
            raise TypeError(f"'{type(seconds).__name__}' object cannot be interpreted as an integer")
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        host_sleep(min(int(seconds * _NANOSECONDS), _LONGEST))

    time.sleep = sleep
    asyncio.unix_events._UnixDefaultEventLoopPolicy._loop_factory = _Loop
    asyncio.SelectorEventLoop = asyncio.EventLoop = _Loop
