"""What the benchmarks of recording share: running paired processes, the peer, and one form for results.

Machines are rarely idle. So whatever is compared runs by turns, medians are taken, and CPU time stands beside the
time on the clock: a ratio of the two bars of one row means more than either.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PEER = Path(sys.prefix) / "peer" / "bin" / "python"
"""A Python that has MLflow: `make bench` makes it where MLflow can be had."""

HAS_PEER = (PEER.parents[1] / "ready").exists()


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock and of CPU, of a process with its children."""

    wall: float
    cpu: float

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.wall - other.wall, self.cpu - other.cpu)


def process(command: Sequence[str], cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Cost:
    """Run a process to its end. Raises CalledProcessError when it fails."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        command, cwd=cwd, env=env or environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.stderr.write(done.stderr)
        raise subprocess.CalledProcessError(done.returncode, command)
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def by_turns(
    times: int,
    *,
    warm: bool = False,
    pick: Callable[[Iterable[float]], float] = statistics.median,
    **calls: Callable[[], Cost],
) -> dict[str, Cost]:
    """The cost of each call, the calls made by turns, after one round that does not count unless `warm`.

    Of the times of a call the median counts, or what `pick` picks.
    """
    found: dict[str, list[Cost]] = {name: [] for name in calls}
    for round_ in range(times + (not warm)):
        for name, call in calls.items():
            cost = call()
            if round_ or warm:
                found[name].append(cost)
    return {name: Cost(pick([c.wall for c in costs]), pick([c.cpu for c in costs])) for name, costs in found.items()}


def python(code: str, *words: str, peer: bool = False) -> list[str]:
    """A command that runs code in a Python like this one, or in the peer's."""
    return [str(PEER) if peer else sys.executable, "-c", code, *words]


def answer(code: str, *words: str, cwd: Path, peer: bool = False, **variables: str) -> Any:
    """What code prints as JSON. Leaves with its error when it fails."""
    done = subprocess.run(
        python(code, *words, peer=peer),
        cwd=cwd,
        env=environment(**variables),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"{done.stderr}\nThe program above failed; see the benchmark that calls it.")
    return json.loads(done.stdout.splitlines()[-1])


def environment(**more: str) -> dict[str, str]:
    """Ours, without settings that would change what is measured; nobody calls home.

    Byte code is kept, as an installer keeps it: else a checkout is compiled anew in every process.
    """
    others = ("MODELDB_", "MLFLOW_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    return {**kept, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", **more}


def row(what: str, value: float, unit: str, target: float | None = None, beside: str = "") -> None:
    """Print one result: what, the figure, the most it should be, and what stands beside it."""
    verdict = "" if target is None else f"{'ok  ' if value <= target else 'MISS'} <= {target:g} {unit}"
    print(f"{what:<58} {_digits(value):>9} {unit:<6} {verdict:<20} {beside}".rstrip(), flush=True)


def _digits(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
