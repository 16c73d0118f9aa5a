"""Where identifiers and times come from, so that tests can count instead.

Every identifier says its kind by its first letter and is random after it, so that a short prefix is unique in
practice and can be typed: `r-3f9a`. Actions carry a UUIDv7 (RFC 9562) and so sort by the time they began.
"""

from __future__ import annotations

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


def new_action_id() -> str:
    """A UUIDv7 in its usual spelling: sorts by time, needs no round trip."""
    ms = time.time_ns() // 1_000_000
    value = (ms & 0xFFFFFFFFFFFF) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
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
