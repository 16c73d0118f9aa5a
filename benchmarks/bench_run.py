"""What logging by hand costs: a step of ten metrics, a small run in time, bytes and files, and finding the best run.

python benchmarks/bench_run.py [--quick]
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from beside import HAS_PEER, answer, row

STEPS = """
import json, sys, time, modeldb
names = [f"metric{n}" for n in range(10)]
took = []
with modeldb.run("steps", store=sys.argv[1]) as run:
    for step in range(int(sys.argv[2])):
        values = {name: step * 0.1 for name in names}
        wall = time.perf_counter()
        run.log_metrics(values, step=step)
        took.append(time.perf_counter() - wall)
took.sort()
print(json.dumps([took[len(took) // 2], took[len(took) * 99 // 100]]))
"""

RUNS = """
import json, os, sys, time, modeldb
took = []
for number in range(int(sys.argv[2])):
    wall, cpu = time.perf_counter(), time.thread_time()
    with modeldb.run(f"run{number}", store=sys.argv[1]) as run:
        run.log_params({f"p{n}": number * n for n in range(10)})
        for n in range(5):
            run.log_metric(f"m{n}", number / (n + 1))
    took.append((time.perf_counter() - wall, time.thread_time() - cpu))
print(json.dumps(took))
"""


PEERS = """
import json, logging, os, statistics, sys, time
logging.disable(logging.CRITICAL)
import mlflow
path, count = sys.argv[1], int(sys.argv[2])
mlflow.set_tracking_uri(f"sqlite:///{path}")
mlflow.set_experiment("bench")
took, step, asked = [], [], []
before = os.path.getsize(path)
for number in range(count):
    cpu = time.thread_time()
    with mlflow.start_run():
        mlflow.log_params({f"p{n}": number * n for n in range(10)})
        for n in range(5):
            mlflow.log_metric(f"m{n}", number / (n + 1))
    took.append(time.thread_time() - cpu)
grown = os.path.getsize(path) - before
with mlflow.start_run():
    for number in range(20):
        wall = time.perf_counter()
        mlflow.log_metrics({f"metric{n}": number * 0.1 for n in range(10)}, step=number)
        step.append(time.perf_counter() - wall)
for _ in range(5):
    wall = time.perf_counter()
    mlflow.search_runs(order_by=["metrics.m0 DESC"], max_results=10)
    asked.append(time.perf_counter() - wall)
middle = statistics.median
print(json.dumps({"run": middle(took), "step": middle(step), "best": middle(asked), "bytes": grown / count,
                  "runs": count}))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a fifth of everything")
    scale = 5 if parser.parse_args().quick else 1
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        peer = answer(PEERS, str(root / "mlflow.db"), str(200 // scale), cwd=root, peer=True) if HAS_PEER else {}
        steps(root / "steps", 20_000 // scale, peer)
        small_runs(root / "runs", 1000 // scale, peer)
        best(root / "best", 10_000 // scale, peer)


def steps(store: Path, count: int, peer: dict[str, float]) -> None:
    middle, tail = answer(STEPS, str(store), str(count), cwd=store.parent)
    beside = f"p99 {tail * 1e6:.0f} us" + (f"; MLflow {peer['step'] * 1e6:,.0f} us" if peer else "")
    row("a step of 10 metrics", middle * 1e6, "us", 10, beside)


def small_runs(store: Path, count: int, peer: dict[str, float]) -> None:
    """Ten parameters and five metrics. Bytes and files are counted after everything is in the catalog."""
    answer(RUNS, str(store), "20", cwd=store.parent)
    _sync(store)
    before, files = _bytes(store), _files(store)
    took = answer(RUNS, str(store), str(count), cwd=store.parent)[5:]
    _sync(store)
    wall, cpu = (statistics.median(column) for column in zip(*took, strict=True))
    beside = f"on the clock {wall * 1e3:.2f} ms" + (f"; MLflow {peer['run'] * 1e3:,.0f} ms" if peer else "")
    row("a small run (10 parameters, 5 metrics), CPU", cpu * 1e3, "ms", 3, beside)
    beside = f"MLflow {peer['bytes']:,.0f}" if peer else ""
    row("  in the store", (_bytes(store) - before) / count, "bytes", 2000, beside)
    row("  files more than before all of them", _files(store) - files, "", 0)


def best(store: Path, count: int, peer: dict[str, float]) -> None:
    """The ten best of many runs, by SQL and as a list, each asked after one more value was recorded."""
    import modeldb
    from modeldb.core import codec
    from modeldb.core.actions import Metrics, Record, RunEnded, RunStarted
    from modeldb.journal import JournalWriter
    from modeldb.testing.stores import store_of

    records: list[Record] = []
    for number in range(count):
        run_id, at = f"r-{number:016x}", 1e9 + number
        records.append(
            RunStarted(run_id, at, "many", "default", f"run{number}", "u", "h", 1, ["python"], None, "/", "3.11")
        )
        records.append(Metrics(run_id, at, ["auc", "loss"], [random.random(), random.random()]))
        records.append(RunEnded(run_id, "finished", at + 1.0, 0))
    layout = store_of(store, records)

    query = "SELECT run_id, value FROM metrics WHERE name = 'auc' ORDER BY value DESC LIMIT 10"
    with modeldb.open(layout.root) as db:
        took = timed(lambda: db.sql(query).rows())
        journal = JournalWriter.create(layout.journal)

        def after_news() -> None:
            journal.append(codec.encode(Metrics("r-0000000000000000", 2e9, ["late"], [1.0])))
            db.sql(query).rows()

        fresh = timed(after_news)
        journal.close()
    beside = f"MLflow {peer['best'] * 1e3:,.0f} ms of {peer['runs']:.0f} runs" if peer else ""
    row(f"the ten best of {count:,} runs, SQL", took * 1e3, "ms", 10, beside)
    row("  right after something was recorded", fresh * 1e3, "ms")


def timed(call: Callable[[], object], times: int = 50) -> float:
    """Median seconds of a call, the first left out."""
    call()
    took = []
    for _ in range(times):
        wall = time.perf_counter()
        call()
        took.append(time.perf_counter() - wall)
    return statistics.median(took)


def _sync(store: Path) -> None:
    """Everything is in the catalog, and the catalog's log is folded into it."""
    import modeldb

    with modeldb.open(store) as db:
        db.sync()


def _bytes(store: Path) -> int:
    return sum(path.stat().st_blocks * 512 for path in store.rglob("*") if path.is_file() and "cache" not in path.parts)


def _files(store: Path) -> int:
    return sum(len(names) for place, _, names in os.walk(store) if "cache" not in Path(place).parts)


if __name__ == "__main__":
    main()
