"""Running programs recorded and bare, and reading what they left in the journal."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from modeldb.core import codec
from modeldb.core.actions import RunEnded, RunStarted
from modeldb.journal.reader import clients, read

T = TypeVar("T")

RUN = ("-m", "modeldb.cli.run")
"""`modeldb run`, without depending on where the command is installed."""


class Ended(NamedTuple):
    """How a process ended."""

    returncode: int
    stdout: str
    stderr: str


def python(words: Sequence[str | Path], cwd: Path, environ: Mapping[str, str] | None = None, **options: Any) -> Ended:
    """Run this interpreter with these words."""
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=cwd,
        env={**_bare_environment(), **(environ or {})},
        capture_output=True,
        text=True,
        timeout=120,
        **options,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def recorded(words: Sequence[str | Path], cwd: Path, environ: Mapping[str, str] | None = None, **options: Any) -> Ended:
    """`modeldb run` these words, into the store `store` below `cwd`, leaving everything in the journal."""
    return python([*RUN, *words], cwd, {**recording(cwd), **(environ or {})}, **options)


def recording(cwd: Path) -> dict[str, str]:
    """The environment variables that record into that store."""
    return {
        "MODELDB_STORE": str(cwd / "store"),
        "MODELDB_STRICT": "1",
        "MODELDB_DRAIN_INTERVAL_S": "0",
        "MODELDB_EXIT_DRAIN_S": "0",
    }


def _bare_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("MODELDB_")}


def records(store: Path) -> list[Any]:
    """Every record in the store's journals, one process after the other, runs' owners first."""
    journals = [list(_journal(directory)) for directory in clients(store / "journal")]
    journals.sort(key=lambda journal: bool(journal and isinstance(journal[0], RunStarted) and journal[0].attached))
    return [record for journal in journals for record in journal]


def _journal(directory: Path) -> Iterator[Any]:
    for payload, _, _ in read(directory):
        yield codec.decode(payload)


def of_type(store: Path, kind: type[T]) -> list[T]:
    """The records of one type."""
    return [record for record in records(store) if isinstance(record, kind)]


def only_run(store: Path) -> tuple[RunStarted, RunEnded | None]:
    """The one run there is, and its end if it has one."""
    started = [run for run in of_type(store, RunStarted) if not run.attached]
    ended = of_type(store, RunEnded)
    assert len(started) == 1, f"{len(started)} runs: {[run.name for run in started]}"
    assert len(ended) <= 1, f"{len(ended)} ends"
    return started[0], ended[0] if ended else None
