"""What questions cost: lists, SQL, a refresh, lineage, the start of a process.

    python benchmarks/bench_query.py [--runs 10000] [--models 100000] [--directory DIR]

Prints medians of several with the targets beside them. The stores are made up and kept in the directory, so that a
second time only the questions take time.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from make_store import make_store

from modeldb.core.actions import Action, Metrics, MetricSeen, ModelMade, RunStarted, Value
from modeldb.core.ids import new_action_id, new_model_id
from modeldb.database import Database
from modeldb.store import StoreLayout, init
from modeldb.testing.stores import apply_all

DONE_WHEN = (
    "select m.type, h.name, h.value, x.name, x.value from models m join hyperparameters h using (model_id) "
    "join metrics x using (model_id) order by x.value desc limit 20"
)
PER_VALUE = (
    "select h.value, avg(x.value), count(*) from models m join hyperparameters h using (model_id) "
    "join metrics x using (model_id) where h.name = 'p3' and x.name = 'metric1' group by 1 order by 1"
)
BEST_RUNS = (
    "select run_id, max(value) as best from metrics where name = 'metric0' group by run_id order by best desc limit 10"
)
PIVOT = (
    "pivot (select model_id, name, value from metrics where model_id is not null) on name using last(value) limit 10"
)


def timed(function: Callable[[], object], times: int = 7) -> float:
    """Median seconds of several calls, the first left out."""
    function()
    return statistics.median(_once(function) for _ in range(times))


def _once(function: Callable[[], object]) -> float:
    before = perf_counter()
    function()
    return perf_counter() - before


def line(what: str, seconds: float, target_s: float | None = None) -> None:
    aim = f"  (target {target_s * 1000:g} ms)" if target_s is not None else ""
    print(f"{what:<62} {seconds * 1000:10.1f} ms{aim}", flush=True)


def lists(directory: Path, n_runs: int) -> None:
    layout = make_store(directory, n_runs)
    print(f"\n{n_runs:,} runs as a team makes them")
    with Database(layout) as db:
        metric = db.catalog.query("SELECT name FROM metrics WHERE model_id IS NOT NULL GROUP BY name LIMIT 1")[0][0]
        line(f"ten best models by {metric}", timed(lambda: db.models(by=metric, limit=10)), 0.010)
        line("fifty newest runs", timed(db.runs), 0.010)
        line("fifty newest models of a project", timed(lambda: db.models(project="churn")))
        model = db.models(limit=1)[0][0]
        line("everything about one model", timed(lambda: db.show(model, 100)))
        line("the log of twenty runs", timed(db.log))
        line("first SQL (the replica is made)", _once(lambda: db.sql(DONE_WHEN)))
        line("lineage of everything, made", _once(lambda: db.sql("select count(*) from lineage")))
        line("lineage of everything, again", timed(lambda: db.sql("select count(*) from lineage")))
        line("ancestors of one model", timed(lambda: db.sql(f"select * from ancestors('{model}')")))
        line("versions, made", _once(lambda: db.sql("select count(*) from versions")))


def large(directory: Path, n_models: int) -> None:
    layout = _many_models(directory, n_models)
    print(f"\n{n_models:,} models, 10 hyperparameters and 5 metrics each")
    with Database(layout) as db:
        line("first SQL of a process", _once(lambda: db.sql(DONE_WHEN)))
        for isolated in (False, True):
            where = "in a worker" if isolated else "in process"
            if isolated:
                db.sql(DONE_WHEN, isolated=True)
            for what, sql in (
                ("models, hyperparameters and metrics joined", DONE_WHEN),
                ("mean metric per hyperparameter value", PER_VALUE),
                ("best runs by a metric", BEST_RUNS),
                ("one column per metric", PIVOT),
            ):
                line(f"{what}, {where}", timed(lambda s=sql, i=isolated: db.sql(s, isolated=i)), 0.2)
        run = db.runs(limit=1)[0][0]

        def one_more() -> None:
            apply_all(db.catalog, [Metrics(run, 1.0, ["late"], [0.5])])
            db.sql("select count(*) from metrics where name = 'late'")

        line("a metric recorded and asked for", timed(one_more))
    for command in (["runs"], ["models", "--by", "metric0"], ["sql", BEST_RUNS]):
        environment = {**os.environ, "MODELDB_URL": str(layout.root)}

        def call(command: list[str] = command, environment: dict[str, str] = environment) -> None:
            arguments = [sys.executable, "-m", "modeldb", *command]
            subprocess.run(arguments, env=environment, stdout=subprocess.DEVNULL, check=True)

        line(f"modeldb {command[0]}, from start to exit", timed(call, 5))


def _many_models(directory: Path, n_models: int) -> StoreLayout:
    layout = init(StoreLayout(directory))
    with Database(layout) as db:
        if db.catalog.last_entry():
            return layout
        print(f"making {n_models:,} models …", flush=True)
        for first in range(0, n_models, 1000):
            apply_all(db.catalog, (r for n in range(first, min(first + 1000, n_models), 10) for r in _run(n)))
    return layout


def _run(first: int) -> list[RunStarted | Action]:
    run = f"r-{first:016x}"
    at = 1.7e9 + first
    made: list[RunStarted | Action] = [
        RunStarted(run, at, "churn", "default", None, "ada", "host", 1, ["train.py"], "train.py", "/", "3.11")
    ]
    for number in range(first, first + 10):
        model = new_model_id()
        values = [((number * 7 + j) % 5) / 2 for j in range(10)]
        name = ("Ridge", "SVC", "RandomForestClassifier")[number % 3]
        fitted = ModelMade(
            model, name, f"sklearn.{name}", "sklearn", "1.9",
            hyperparameters=[Value(f"p{j}", v, "float") for j, v in enumerate(values)],
        )  # fmt: skip
        metrics = [MetricSeen(f"metric{j}", (number * 37 + j) % 1000 / 1000, model) for j in range(5)]
        made.append(
            Action(
                new_action_id(),
                run,
                number - first,
                None,
                0,
                "fit",
                f"sklearn.{name}.fit",
                "sklearn",
                "ok",
                at,
                0.1,
                recipe_key=f"{number % 500:032x}",
                models=[fitted],
                metrics=metrics,
            )
        )
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--models", type=int, default=100_000)
    parser.add_argument("--directory", type=Path, default=Path(tempfile.gettempdir()) / "modeldb-bench-query")
    options = parser.parse_args()
    load = os.getloadavg()
    print(f"load {load[0]:.1f} on {os.cpu_count()} cores")
    lists(options.directory / f"runs-{options.runs}", options.runs)
    large(options.directory / f"models-{options.models}", options.models)


if __name__ == "__main__":
    main()
