"""Processes a run starts belong to the run.

A child process learns of the run from the environment: `MODELDB_RUN_ID`, `MODELDB_STORE`, and a `PYTHONPATH` that
begins with our bootstrap directory, whose `sitecustomize.py` attaches. It writes a journal of its own, and only once
it has something to say. A forked child keeps the session and gets a journal of its own in the same way. Neither ends
the run: that is its owner's to do.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from modeldb import config

T = TypeVar("T")

BOOTSTRAP = Path(__file__).resolve().parent.parent / "_bootstrap"
"""The directory whose `sitecustomize.py` attaches a new Python process."""


_OF_ONE_RUN = frozenset({"name", "project", "experiment", "store", "run_id", "autolog"})
"""Settings a child process does not take over as they are."""


class Environment:
    """The variables we set for child processes, and what was there before."""

    def __init__(self) -> None:
        self._before: dict[str, str | None] = {}
        self._ours: dict[str, str] = {}

    def set(self, variables: Mapping[str, str]) -> None:
        for name, value in variables.items():
            self._before.setdefault(name, os.environ.get(name))
            os.environ[name] = value
            self._ours[name] = value

    def restore(self) -> None:
        """Put back what was there, except where the script has set a value of its own since."""
        for name, value in self._before.items():
            if os.environ.get(name) != self._ours[name]:
                continue
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
        self._before.clear()
        self._ours.clear()


def variables_for_children(run_id: str, store: Path, settings: config.Settings) -> dict[str, str]:
    """What a child needs to know to belong to this run."""
    path = os.environ.get("PYTHONPATH", "")
    parts = [part for part in path.split(os.pathsep) if part and part != str(BOOTSTRAP)]
    variables = {
        "MODELDB_RUN_ID": run_id,
        "MODELDB_STORE": str(store),
        "MODELDB_AUTOLOG": "1",
        "PYTHONPATH": os.pathsep.join([str(BOOTSTRAP), *parts]),
    }
    for entry in config.table():
        value = getattr(settings, entry.name)
        if entry.name not in _OF_ONE_RUN and value != entry.default:
            variables[entry.variable] = _as_text(value)
    return variables


def _as_text(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def at_exit_of_multiprocessing(function: Callable[[], None]) -> None:
    """Call a function when this process, started by multiprocessing, ends: it leaves past `atexit`."""
    util = sys.modules.get("multiprocessing.util")
    process = sys.modules.get("multiprocessing.process")
    if util is not None and process is not None and process.parent_process() is not None:
        util.Finalize(None, function, exitpriority=-1000)


def after_fork_of_multiprocessing(owner: T, function: Callable[[T], None]) -> None:
    """The same, asked for right after a fork: multiprocessing is about to forget whatever is registered now.

    Nothing happens once `owner` is gone.
    """
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        util.register_after_fork(owner, lambda owner: at_exit_of_multiprocessing(lambda: function(owner)))
