"""What recording and draining cost, on this machine's disk.

Prints medians (and the 99.9th percentile of appends), with the targets beside them. Run with
`python benchmarks/bench_journal.py [--quick] [--directory DIR]`.
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
from time import perf_counter, process_time

from modeldb.catalog import Catalog, drain, open_catalog
from modeldb.core import codec
from modeldb.core.actions import (
    Action,
    ColumnSeen,
    DatasetSeen,
    Input,
    Metrics,
    MetricSeen,
    ModelMade,
    Output,
    Record,
    RunEnded,
    RunStarted,
    Value,
)
from modeldb.core.ids import new_action_id
from modeldb.journal import JournalWriter

BEST_OF_ALL = """
    SELECT m.run_id, r.name, m.value FROM metrics m JOIN runs r USING (run_id)
    WHERE m.name = 'auc' ORDER BY m.value DESC LIMIT 10"""
BEST_OF_PROJECT = """
    SELECT m.run_id, h.value, m.value FROM metrics m JOIN runs r USING (run_id) JOIN projects p USING (project_id)
        JOIN models USING (model_id) JOIN hyperparameters h ON h.model_id = models.model_id AND h.name = 'C'
    WHERE m.name = 'auc' AND p.name = 'project 3' ORDER BY m.value DESC LIMIT 10"""


def run_started(run_id: str, project: str = "bench") -> RunStarted:
    return RunStarted(
        run_id, 1000.0, project, "default", run_id, "ada", "host", 1, ["python", "t.py"], "t.py", "/", "3"
    )


def fit(run_id: str, seq: int) -> Action:
    """A small fit: one new dataset of 10 columns, a model with 20 hyperparameters, a metric."""
    action_id, model_id, dataset_id = new_action_id(), f"m-{run_id}-{seq}", f"d-{run_id}-{seq}"
    hyperparameters = [Value(f"p{n}", random.random(), "float", n > 2) for n in range(19)]
    hyperparameters.append(Value("C", round(random.random(), 2), "float"))
    columns = [ColumnSeen(f"column {n}", "float64", f"{seq:032x}") for n in range(10)]
    return Action(
        action_id, run_id, seq, None, 0, "fit", "sklearn.svm.SVC.fit", "sklearn", "ok", 1000.0, 0.01,
        inputs=[Input("X", dataset_id, "dataset"), Input("y", dataset_id, "dataset")],
        outputs=[Output("self", model_id, "model")], file="t.py", line=9, recipe_key=f"{seq:032x}",
        value_key=f"{seq + 1:032x}", datasets=[DatasetSeen(dataset_id, "1" * 32, "df", None, "pandas", 150, columns)],
        models=[ModelMade(model_id, "SVC", "sklearn.svm.SVC", "sklearn", "1.8", hyperparameters=hyperparameters)],
        metrics=[MetricSeen("auc", random.random(), model_id, dataset_id)],
    )  # fmt: skip


def show(what: str, value: float, unit: str, target: str = "", note: str = "") -> None:
    print(f"{what:46} {value:12,.1f} {unit:7} {target:16} {note}", flush=True)


def median_us(call: Callable[[int], object], times: int) -> tuple[float, float]:
    """Median and 99.9th percentile of single calls, in microseconds."""
    taken = []
    for n in range(times):
        start = perf_counter()
        call(n)
        taken.append(perf_counter() - start)
    taken.sort()
    return statistics.median(taken) * 1e6, taken[int(len(taken) * 0.999)] * 1e6


def appends(root: Path, times: int) -> None:
    writer = JournalWriter.create(root / "appends")
    names = [f"metric {n}" for n in range(10)]
    values = [n / 7 for n in range(10)]

    def step(n: int) -> None:
        writer.append(codec.encode(Metrics("r-0123456789abcdef", time.time(), names, values, n)))

    record = fit("r-0", 1)
    for what, call, target in (
        ("append a step of 10 metrics", step, "<= 10"),
        ("append a fit (20 parameters, 10 columns)", lambda _: writer.append(codec.encode(record)), ""),
    ):
        middle, tail = median_us(call, times)
        show(what, middle, "us", target, f"p99.9 {tail:,.0f} us")
    writer.close()


def fill(root: Path, records: list[Record]) -> JournalWriter:
    writer = JournalWriter.create(root / "journal")
    for record in records:
        writer.append(codec.encode(record))
    return writer


def drains(root: Path, catalog: Catalog, steps: int) -> None:
    names = [f"metric {n}" for n in range(10)]
    metrics: list[Record] = [Metrics("r-1", n * 1.0, names, [random.random() for _ in names], n) for n in range(steps)]
    fits: list[Record] = [fit("r-1", n) for n in range(steps // 5)]
    for what, records, unit, count, target in (
        ("drain metric points", metrics, "rows/s", steps * 10, ">= 100,000"),
        ("drain fits (35 rows each)", fits, "fits/s", len(fits), ">= 1,000"),
    ):
        writer = fill(root, records)
        start, cpu = perf_counter(), process_time()
        drain(root / "journal", catalog)
        taken, cpu = perf_counter() - start, process_time() - cpu
        show(what, count / taken, unit, target, f"{count / cpu:,.0f} per cpu second")
        writer.close()
        drain(root / "journal", catalog)


def small_run(root: Path, catalog: Catalog, times: int) -> None:
    """Start, a fit, end: the recording process's part and the drainer's."""
    recorded, drained = [], []
    size = catalog.query("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")[0][0]
    for n in range(times):
        run_id = f"r-small-{n}"
        records: list[Record] = [run_started(run_id), fit(run_id, 0), RunEnded(run_id, "finished", 1001.0, 0)]
        start = perf_counter()
        fill(root, records).close()
        recorded.append(perf_counter() - start)
        start = perf_counter()
        drain(root / "journal", catalog)
        drained.append(perf_counter() - start)
    grown = catalog.query("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")[0][0] - size
    show("a small run: record", statistics.median(recorded) * 1e3, "ms", "<= 3", f"{grown / times:,.0f} bytes a run")
    show("a small run: drain, one durable commit", statistics.median(drained) * 1e3, "ms", "")
    show("files left in the journal", len(list((root / "journal").iterdir())), "", "0")


def best_of_many(root: Path, catalog: Catalog, runs: int) -> None:
    records: list[Record] = []
    for n in range(runs):
        records += [run_started(f"r-many-{n}", f"project {n % 7}"), fit(f"r-many-{n}", 0)]
    fill(root, records).close()
    drain(root / "journal", catalog)
    for what, sql in (("ten best", BEST_OF_ALL), ("ten best of a project with C", BEST_OF_PROJECT)):
        middle, _ = median_us(lambda _, sql=sql: catalog.query(sql), 50)
        show(f"{what} of {runs:,} runs", middle / 1e3, "ms", "<= 10")
    middle, _ = median_us(lambda _: catalog.data_version(), 1000)
    show("has anything changed?", middle, "us")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    parser.add_argument("--directory", type=Path, default=None, help="where to write; default: the temporary directory")
    options = parser.parse_args()
    scale = 10 if options.quick else 1
    random.seed(0)
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; what | measured | target")
    with tempfile.TemporaryDirectory(dir=options.directory) as name:
        root = Path(name)
        with open_catalog(root / "catalog.sqlite") as catalog:
            appends(root, 20_000 // scale)
            drains(root, catalog, 20_000 // scale)
            small_run(root, catalog, 200 // scale)
            best_of_many(root, catalog, 10_000 // scale)


if __name__ == "__main__":
    main()
