"""Where identifiers and times come from, so that tests can count instead.

Every identifier says its kind by its first letter and is random after it, so that a short prefix is unique in
practice and can be typed: `r-3f9a`. Actions carry a UUIDv7 (RFC 9562) and so sort by the time they began.
"""

from __future__ import annotations

import itertools
import os
import time


class _Numbers:
    """64-bit numbers without pattern that do not repeat.

    The system is asked once a process for where to begin, for asking it every time takes as long as writing a record;
    from there SplitMix64 goes on (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
    The program's own random generators are left alone: their state is the script's.
    """

    def __init__(self) -> None:
        self._start = int.from_bytes(os.urandom(8), "big")
        self._count = itertools.count().__next__

    def __call__(self) -> int:
        number = self._start + self._count() * 0x9E37_79B9_7F4A_7C15 & _WORD
        number = (number ^ number >> 30) * 0xBF58_476D_1CE4_E5B9 & _WORD
        number = (number ^ number >> 27) * 0x94D0_49BB_1331_11EB & _WORD
        return number ^ number >> 31


_WORD = 0xFFFF_FFFF_FFFF_FFFF
_number = _Numbers()


def _begin_anew() -> None:
    """In a forked child, which would give out the numbers of its parent."""
    global _number
    _number = _Numbers()


os.register_at_fork(after_in_child=_begin_anew)


def new_run_id() -> str:
    """`r-` and 16 hexadecimal digits."""
    return f"r-{_number():016x}"


def new_model_id() -> str:
    """`m-` and 16 hexadecimal digits: one per fit, however often the same content is fitted."""
    return f"m-{_number():016x}"


def new_action_id() -> str:
    """A UUIDv7 in its usual spelling: sorts by time, needs no round trip."""
    ms = time.time_ns() // 1_000_000 & 0xFFFF_FFFF_FFFF
    value = ms << 80 | (_number() << 64 | _number()) & ~(-1 << 76)
    value = value & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62
    text = f"{value:032x}"
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
