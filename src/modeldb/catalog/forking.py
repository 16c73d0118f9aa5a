"""Keeps SQLite out of forks.

A forked child inherits the library's belief that it holds locks which, in the kernel, only the parent has. A child
that then opened the same file would read and write unlocked. So catalogs close their connections before a fork, and
parent and child open their own when they next need one. Where another thread stays busy with a catalog for longer
than `WAIT_S`, the fork goes on and the child may not open that file at all.
"""

from __future__ import annotations

import os
import threading
import time
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from modeldb.catalog.catalog import Catalog

WAIT_S = 1.0
"""How long a fork waits for other threads to finish with their catalogs."""

IN_USE_AT_FORK: set[Path] = set()
"""Files this process must not open, because it was forked while they were in use."""

_catalogs: weakref.WeakSet[Catalog] = weakref.WeakSet()
_forking = threading.local()
_left_alone: list[Any] = []


def watch(catalog: Catalog) -> None:
    _catalogs.add(catalog)


def leave_alone(path: Path, connections: Iterable[Any]) -> None:
    """Keeps connections of the parent from being used or closed here."""
    IN_USE_AT_FORK.add(path.absolute())
    _left_alone.extend(connections)


def _before() -> None:
    deadline = time.monotonic() + WAIT_S
    _forking.paused = [(catalog, catalog.pause(deadline)) for catalog in list(_catalogs)]


def _after_in_parent() -> None:
    _resume(in_child=False)


def _after_in_child() -> None:
    _resume(in_child=True)


def _resume(*, in_child: bool) -> None:
    for catalog, paused in _forking.paused:
        catalog.resume(paused=paused, in_child=in_child)
    _forking.paused = []


os.register_at_fork(before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child)
