"""SQL by strangers: a process that can be stopped, whatever it is doing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from modeldb.catalog import Catalog
from modeldb.errors import QueryError, QueryTimeout
from modeldb.query.engine import Engine
from modeldb.query.worker import Worker
from modeldb.testing.stores import apply_all
from modeldb.testing.synthetic import records

GREEDY = {
    "one huge text": "SELECT length(repeat('x', 4000000000))",
    "one huge list": "SELECT len(list_transform(range(500000000), x -> x + 1))",
    "a doubling text": "WITH RECURSIVE t(s, n) AS (SELECT 'x', 0 UNION ALL SELECT s || s, n + 1 FROM t WHERE n < 40) "
    "SELECT max(length(s)) FROM t",
    "a huge sort": "SELECT * FROM range(2000000000) ORDER BY hash(range) LIMIT 1",
}


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker(timeout_s=5, row_cap=1000, memory_limit="300MB", headroom=700 << 20)
    yield made
    made.close()


@pytest.fixture
def engine(catalog: Catalog, tmp_path: Path, worker: Worker) -> Engine:
    for run in records(3, steps=3):
        apply_all(catalog, run)
    return Engine(catalog, tmp_path / "cache", runner=worker)


@pytest.mark.parametrize("what", GREEDY)
def test_a_greedy_query_ends_in_an_error_and_the_next_one_works(engine: Engine, what: str) -> None:
    with pytest.raises(QueryError):
        engine.execute(GREEDY[what], timeout_s=3)
    assert engine.execute("SELECT count(*) FROM runs").scalar() == 3


def test_a_process_that_does_not_stop_is_killed(engine: Engine, worker: Worker) -> None:
    engine.execute("SELECT 1")
    process = worker._process
    assert process is not None
    os.kill(process.pid, signal.SIGSTOP)
    with pytest.raises(QueryTimeout, match="killed"):
        engine.execute("SELECT 1", timeout_s=0.2)
    assert process.poll() is not None
    assert engine.execute("SELECT 1").scalar() == 1


def test_a_process_that_died_is_replaced(engine: Engine, worker: Worker) -> None:
    engine.execute("SELECT 1")
    assert worker._process is not None
    worker._process.kill()
    worker._process.wait()
    assert engine.execute("SELECT count(*) FROM runs").scalar() == 3


def test_rows_are_capped(engine: Engine) -> None:
    result = engine.execute("SELECT * FROM range(5000)")
    assert len(result) == 1000 and result.truncated


def test_it_sees_what_was_just_recorded(engine: Engine, catalog: Catalog) -> None:
    assert engine.execute("SELECT count(*) FROM runs").scalar() == 3
    for run in list(records(5, steps=3))[3:]:
        apply_all(catalog, run, client_id="other")
    assert engine.execute("SELECT count(*) FROM runs").scalar() == 5


def test_a_deleted_cache_is_made_anew(engine: Engine, tmp_path: Path, worker: Worker) -> None:
    import shutil

    assert engine.execute("SELECT count(*) FROM models").scalar() > 0
    shutil.rmtree(tmp_path / "cache")
    worker.close()
    assert engine.execute("SELECT count(*) FROM models").scalar() > 0


def test_it_knows_no_secrets_of_ours(engine: Engine, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    engine.execute("SELECT 1")
    assert worker._process is not None
    environment = Path(f"/proc/{worker._process.pid}/environ")
    if not environment.exists():
        pytest.skip("no /proc here")
    assert b"hush" not in environment.read_bytes()


def test_nothing_heavy_is_loaded_to_start_one() -> None:
    code = "import sys, modeldb.query.worker; print([m for m in ('duckdb', 'pyarrow', 'numpy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
