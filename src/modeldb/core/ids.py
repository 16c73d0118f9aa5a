"""Where identifiers and times come from, so that tests can count instead.

Every identifier says its kind by its first letter and is random after it, so that a short prefix is unique in
practice and can be typed: `r-3f9a`. Actions carry a UUIDv7 (RFC 9562) and so sort by the time they began.
"""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable

Clock = Callable[[], float]


def new_run_id() -> str:
    """`r-` and 16 hexadecimal digits."""
    return "r-" + os.urandom(8).hex()


def new_model_id() -> str:
    """`m-` and 16 hexadecimal digits: one per fit, however often the same content is fitted."""
    return "m-" + os.urandom(8).hex()


class _Counter:
    """What tells the identifiers of one process from those of another, and among themselves.

    Drawn at random once a process, then counted: asking the system every time takes as long as writing a record.
    """

    def __init__(self) -> None:
        self.base = int.from_bytes(os.urandom(8), "big")
        self.next = itertools.count().__next__


_counter = _Counter()


def _restart() -> None:
    global _counter
    _counter = _Counter()


os.register_at_fork(after_in_child=_restart)


def new_action_id() -> str:
    """A UUIDv7 in its usual spelling: sorts by time, and within one process and millisecond by when it was made."""
    ms = time.time_ns() // 1_000_000
    counter = _counter
    count = counter.next()
    place, tail = count & 0xFFF, (counter.base + count) & 0x3FFF_FFFF_FFFF_FFFF
    text = f"{(ms & 0xFFFF_FFFF_FFFF) << 80 | 0x7 << 76 | place << 64 | 0x2 << 62 | tail:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def dataset_id(digest: str) -> str:
    """The id of the dataset with this content digest: equal content is one dataset, wherever it was met."""
    return "d-" + digest


def file_id(digest: str) -> str:
    """The id of a file by the digest of its bytes."""
    return "f-" + digest


def spec_id(digest: str) -> str:
    """The id of an unfitted estimator by the digest of its type and hyperparameters."""
    return "s-" + digest


def now() -> float:
    """Seconds since the epoch, UTC."""
    return time.time()
