"""Measures the HTTP interface on a large store: what the server needs to answer, per request.

    python benchmarks/bench_http.py [/tmp/large-store] [--runs 10000]

Requests go through the whole application (routing, checks, JSON) in this process, without a socket. Wall time and the
process's own CPU time are printed, since machines are shared; the aim is under 100 ms for the tables, warm.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from make_store import make_store
from starlette.testclient import TestClient

from modeldb.database import Database
from modeldb.server.http.app import build_app
from modeldb.server.http.opening import serving
from modeldb.server.http.security import Policy, local_hosts
from modeldb.server.http.state import State

REPEATS = 15
FILTER = "metric.accuracy_score > 0.7 and type = 'RandomForestClassifier' and param.n_estimators in (100, 200)"


def requests(client: TestClient) -> dict[str, dict[str, Any]]:
    """What pages ask, by what a person does."""
    ids = client.get("/api/v1/models/table", params={"project": "churn"}).json()["ids"]
    run = client.get(f"/api/v1/models/{ids[0]}").json()["run"]["run_id"]
    fields = ["param.learning_rate", "metric.accuracy_score", "type", "param.n_estimators"]
    table = "/models/table"
    return {
        "projects": {"path": "/projects"},
        "table: first page": {"path": table, "project": "churn"},
        "table: all projects": {"path": table},
        "table: sort by two": {"path": table, "project": "churn", "sort": ["param.algorithm", "-param.n_estimators"]},
        "table: filter": {"path": table, "project": "churn", "filter": FILTER},
        "table: search a word": {"path": table, "filter": "'forest'"},
        "table: group by two": {"path": table, "project": "churn", "group": ["type", "param.max_depth"]},
        "table: page 100": {"path": table, "offset": 5000},
        "columns": {"path": "/models/columns", "project": "churn"},
        "runs: first page": {"path": "/runs/table"},
        "chart: 4 columns, all rows": {"path": "/charts/data", "project": "churn", "fields": fields, "limit": 20000},
        "model": {"path": f"/models/{ids[0]}"},
        "run": {"path": f"/runs/{run}"},
        "pipeline": {"path": f"/models/{ids[0]}/pipeline"},
        "compare 5": {"path": "/compare", "ids": ids[:5]},
        "50 learning curves": {"path": "/series", "project": "digits", "name": "val_loss", "limit": 50},
        "datasets": {"path": "/datasets", "project": "churn"},
    }


def measure(call: Callable[[], Any], repeats: int = REPEATS) -> tuple[float, float, float]:
    """Median and 90th percentile of wall milliseconds, and mean CPU milliseconds."""
    wall, cpu = [], time.process_time()
    for _ in range(repeats):
        begun = time.perf_counter()
        call()
        wall.append(1000 * (time.perf_counter() - begun))
    return statistics.median(wall), sorted(wall)[int(0.9 * repeats)], 1000 * (time.process_time() - cpu) / repeats


def measure_all(state: State, client: TestClient) -> None:
    begun, cpu = time.perf_counter(), time.process_time()
    client.get("/api/v1/models/table")
    print(f"tables filled from the catalog and first page: {time.perf_counter() - begun:.2f} s wall, "
          f"{time.process_time() - cpu:.2f} s CPU\n")  # fmt: skip
    print(f"{'':30}{'cold ms':>9}{'median':>9}{'p90':>9}{'CPU ms':>9}{'kB':>8}")
    for name, request in requests(client).items():
        path = "/api/v1" + request.pop("path")

        def call(path: str = path, params: dict[str, Any] = request) -> Any:
            answer = client.get(path, params=params)
            assert answer.status_code == 200, answer.text
            return answer

        cold = measure(call, 1)[0]
        median, p90, used = measure(call)
        with client.stream("GET", path, params=request, headers={"accept-encoding": "gzip"}) as answer:
            size = len(b"".join(answer.iter_raw()))
        print(f"{name:30}{cold:9.1f}{median:9.1f}{p90:9.1f}{used:9.1f}{size / 1000:8.1f}")
    tag = client.get("/api/v1/models/table").headers["etag"]
    idle = measure(lambda: client.get("/api/v1/models/table", headers={"if-none-match": tag}))
    print(f"{'nothing new (304)':30}{'':9}{idle[0]:9.1f}{idle[1]:9.1f}{idle[2]:9.1f}{0:8.1f}")
    after = measure(lambda: (_change(client), client.get("/api/v1/models/table")), 5)
    print(f"{'tag one, table again':30}{'':9}{after[0]:9.1f}{after[1]:9.1f}{after[2]:9.1f}")


def _change(client: TestClient) -> None:
    id = client.get("/api/v1/models/table", params={"limit": 1, "columns": "id"}).json()["ids"][0]
    change = {"changes": [{"targets": [id], "kind": "tag", "key": "measured", "value": str(time.time())}]}
    client.post("/api/v1/annotations", json=change).raise_for_status()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path, nargs="?", default=Path("/tmp/modeldb-large-store"))
    parser.add_argument("--runs", type=int, default=10_000)
    arguments = parser.parse_args()
    layout = make_store(arguments.directory, arguments.runs)
    with Database(layout) as db, serving(db) as state:
        app = build_app(state, Policy("token", local_hosts(8265)))
        headers = {"x-modeldb-token": "token", "accept-encoding": "identity"}
        with TestClient(app, base_url="http://127.0.0.1:8265", headers=headers) as client:
            measure_all(state, client)


if __name__ == "__main__":
    main()
