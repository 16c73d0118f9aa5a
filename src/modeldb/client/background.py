"""Work done off the training thread, in order, by one thread that never holds up the end of the process."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from modeldb.client import quiet

_PATIENCE_S = 10.0
"""How long a caller waits for room before it does the work itself."""


class Background:
    """A queue of calls and the daemon thread that makes them.

    Order: calls run one at a time in the order they were submitted; only a call that found no room within ten
    seconds runs at once, in its caller's thread.
    Memory: `cost` is what a call keeps alive, in bytes; the sum over what waits stays below the limit.
    Errors: a call that raises is reported to `on_error` and the next one runs.
    `tick` runs in the same thread, about every `interval_s`, once the first call was submitted.
    """

    def __init__(
        self,
        limit_bytes: int,
        on_error: Callable[[str, BaseException], None],
        tick: Callable[[], None] | None = None,
        interval_s: float = 1.0,
    ) -> None:
        self._limit = limit_bytes
        self._on_error = on_error
        self._tick = tick
        self._interval = interval_s
        self._queue: deque[tuple[Callable[..., Any], tuple[Any, ...], int]] = deque()
        self._changed = threading.Condition()
        self._running = threading.Lock()
        self._thread: threading.Thread | None = None
        self._waiting_bytes = 0
        self._unfinished = 0
        self._closed = False
        self.rests = False
        """True between a fork, before which the thread ended, and the next call or `wake`."""

    @property
    def is_this_thread(self) -> bool:
        """True when asked from within a call of the queue."""
        return threading.current_thread() is self._thread

    def submit(self, function: Callable[..., Any], *args: Any, cost: int = 0) -> None:
        with self._changed:
            if self._has_thread() and self._has_room(cost):
                self._queue.append((function, args, cost))
                self._waiting_bytes += cost
                self._unfinished += 1
                self._changed.notify_all()
                return
        self._call(function, args)

    def _has_thread(self) -> bool:
        """True once there is a thread to do the work: none can be started when the interpreter is on its way out."""
        if self._thread is None and not self._closed:
            self.rests = False
            self._thread = threading.Thread(target=self._work, name="modeldb", daemon=True)
            try:
                self._thread.start()
            except RuntimeError:
                self._thread = None
        return self._thread is not None

    def _has_room(self, cost: int) -> bool:
        if self._closed:
            return False
        if self.is_this_thread or not cost:
            return True
        return self._changed.wait_for(
            lambda: self._waiting_bytes + cost <= self._limit or not self._waiting_bytes, _PATIENCE_S
        )

    def flush(self, timeout_s: float) -> bool:
        """Wait until everything submitted so far is done, but no longer than this; True if it is."""
        if self.is_this_thread:
            return False
        with self._changed:
            if self._unfinished and not self._has_thread():
                timeout_s = 0.0
            return self._changed.wait_for(lambda: not self._unfinished, timeout_s)

    def wake(self) -> None:
        """Have a thread again, for what is done from time to time."""
        with self._changed:
            self._has_thread()

    def close(self) -> None:
        """Take no more work and let the thread end; what is still queued is dropped."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def hold(self) -> Callable[[], None]:
        """Wait for the call under way, let the thread end, and begin nothing until the function given back is called.

        For a fork: a child made while this thread imports a module could never import it, and Python warns of forks
        beside a thread. After a second the fork goes ahead, for what a call imports it has imported by then. There is
        a new thread with the next call that is submitted or waited for, or with `wake`.
        """
        if self.is_this_thread or not self._running.acquire(timeout=1.0):
            return lambda: None
        with self._changed:
            thread, self._thread = self._thread, None
            self.rests = thread is not None
            self._changed.notify_all()
        if thread is not None:
            self._running.release()  # for which it may be waiting
            _wait_for_end(thread)
            if not self._running.acquire(timeout=1.0):
                return lambda: None
        return self._running.release

    def _work(self) -> None:
        due = time.monotonic() + self._interval
        while True:
            with self._changed:
                if not self._queue and self._is_wanted():
                    self._changed.wait(max(0.0, due - time.monotonic()) if self._tick else None)
                if not self._is_wanted():
                    return
            with self._running:
                self._do_next()
                if self._tick is not None and time.monotonic() >= due and self._is_wanted():
                    self._call(self._tick, ())
                    due = time.monotonic() + self._interval

    def _is_wanted(self) -> bool:
        """False in a thread that is to end."""
        return not self._closed and self.is_this_thread

    def _do_next(self) -> None:
        with self._changed:
            if not self._queue or not self._is_wanted():
                return
            function, args, cost = self._queue.popleft()
        self._call(function, args)
        del function, args  # what was stored must not live on in this frame
        with self._changed:
            self._waiting_bytes -= cost
            self._unfinished -= 1
            self._changed.notify_all()

    def _call(self, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
        try:
            with quiet.numbers():
                function(*args)
        except Exception as error:
            self._on_error(f"background {getattr(function, '__qualname__', function)}", error)


def _wait_for_end(thread: threading.Thread) -> None:
    """Wait until a thread has ended for the operating system too, which Python 3.12 counts: a moment after `join`."""
    thread.join(timeout=1.0)
    entry = f"/proc/self/task/{thread.native_id}"
    for _ in range(20):
        if thread.is_alive() or not os.path.exists(entry):
            return
        time.sleep(0.0005)
