"""The same runs in MLflow's own interface: its table of runs, first seen and sorted by a metric.

The runs are written into an SQLite of MLflow's through its store's own session and tables, in bulk; `mlflow server`
serves it. What counts as shown is the same: rows of the table, painted.
"""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

from beside import PEER, environment, python, row
from chromium import Cost, Page, Server, median, serving

PROJECT, METRIC = "churn", "f1_score"
ROWS, FIRST = ".ag-row", '.ag-row[row-index="0"]'

FILL = """
import json, logging, sys
logging.disable(logging.CRITICAL)
from mlflow.store.tracking.dbmodels import models
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore
path, source, artifacts = sys.argv[1:]
store = SqlAlchemyStore(f"sqlite:///{path}", artifacts)
experiment = store.create_experiment("churn")
runs, params, metrics, latest, tags = [], [], [], [], []
for line in open(source):
    run = json.loads(line)
    id, at = run["id"].replace("-", "").ljust(32, "0"), int(1000 * run["at"])
    runs.append(dict(run_uuid=id, name=run["name"], source_type="LOCAL", source_name="train.py", user_id="ada",
                     status="FINISHED", start_time=at, end_time=at + 1000, lifecycle_stage="active",
                     artifact_uri=f"{artifacts}/{id}", experiment_id=int(experiment)))
    tags.append(dict(run_uuid=id, key="mlflow.runName", value=run["name"]))
    params += [dict(run_uuid=id, key=key, value=str(value)) for key, value in run["params"].items()]
    for key, value in run["metrics"].items():
        point = dict(run_uuid=id, key=key, value=value, timestamp=at, step=0, is_nan=False)
        metrics.append(point)
        latest.append(dict(point))
with store.ManagedSessionMaker() as session:
    for table, rows in ((models.SqlRun, runs), (models.SqlTag, tags), (models.SqlParam, params),
                        (models.SqlMetric, metrics), (models.SqlLatestMetric, latest)):
        session.bulk_insert_mappings(table, rows)
"""

EXPORT = """
SELECT m.model_id, any_value(r.name), epoch(any_value(r.started_at)),
       (SELECT map(list(h.name), list(h.value)) FROM hyperparameters h WHERE h.model_id = m.model_id),
       (SELECT map(list(e.name), list(e.value)) FROM metrics e WHERE e.model_id = m.model_id)
FROM models m JOIN runs r USING (run_id) WHERE r.project = 'churn' AND m.role = 'model' GROUP BY m.model_id
"""


def fill(store: Path, directory: Path) -> Path:
    """MLflow's database with the runs of our store, or the one that is there already."""
    import modeldb

    path = directory / "mlflow.db"
    if path.exists():
        return path
    directory.mkdir(parents=True, exist_ok=True)
    with modeldb.open(store) as db, open(directory / "runs.jsonl", "w", encoding="utf-8") as file:
        for id, name, at, params, metrics in db.sql(EXPORT):
            file.write(json.dumps({"id": id, "name": name, "at": at, "params": params, "metrics": metrics}) + "\n")
    words = python(FILL, str(path) + ".part", str(directory / "runs.jsonl"), str(directory / "artifacts"), peer=True)
    subprocess.run(words, check=True, env=environment(), cwd=directory, stdout=subprocess.DEVNULL)
    Path(str(path) + ".part").rename(path)
    return path


def beside(browser: Any, store: Path, ours: dict[str, Cost]) -> None:
    """Print what MLflow's interface takes, and how many times as long that is."""
    port = _free_port()
    database = fill(store, store.parent / f"{store.name}-mlflow")
    command = [str(PEER), "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
               "--backend-store-uri", f"sqlite:///{database}"]  # fmt: skip
    with serving(command, environment()) as server:
        server.address = f"http://127.0.0.1:{port}"
        _wait(server)
        found = server.address + "/ajax-api/2.0/mlflow/experiments/get-by-name?experiment_name=" + PROJECT
        with urllib.request.urlopen(found, timeout=60) as answer:
            experiment = json.load(answer)["experiment"]["experiment_id"]
        shown, sorts = [], []
        for _ in range(3):
            page = Page(browser, server)
            shown.append(page.open(f"{server.address}/#/experiments/{experiment}/runs", ROWS))
            sorts.append(_sort(page))
            page.close()
        _compare("MLflow: first view of its table of runs", shown[1:], ours["first view"])
        _compare("MLflow: sort by a column", sorts[1:], ours["sort by a column"])


def _compare(name: str, theirs: list[Cost], ours: Cost) -> None:
    cost = median(theirs)
    ratio = f"{cost.wall / ours.wall:.1f}x ours; page {cost.page:,.0f} ms ({cost.page / ours.page:.1f}x)"
    row(name, cost.wall, "ms", beside=f"{ratio}, server {cost.server:,.0f} ms CPU, {cost.kb:,.0f} kB")


def _sort(page: Page) -> Cost:
    """From the click on a metric in its menu of sort keys."""
    by = page.page
    by.get_by_role("button", name="Sort: Created").click()
    first = json.dumps(by.locator(FIRST).first.text_content())
    sorted_by = f"location.href.includes('{METRIC}') && document.querySelector({json.dumps(FIRST)})"
    choice = by.get_by_role("menuitemradio", name=METRIC).or_(by.get_by_role("menuitemcheckbox", name=METRIC))
    choice = choice.or_(by.get_by_role("option", name=METRIC)).or_(by.get_by_role("menuitem", name=METRIC)).first
    return page.act(choice.click, f"{sorted_by} && document.querySelector({json.dumps(FIRST)}).textContent !== {first}")


def _wait(server: Server) -> None:
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(server.address + "/health", timeout=5):
            return
        time.sleep(0.3)
    raise SystemExit("MLflow's server did not begin to answer in five minutes.")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
