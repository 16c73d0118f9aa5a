"""Histograms of kept data: every kind of column, strange values, many columns, and data that is not kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from starlette.testclient import TestClient

import modeldb
from modeldb.core.actions import DatasetKept
from modeldb.core.codec import encode
from modeldb.database import Database
from modeldb.examples import kept as kept_columns
from modeldb.journal import JournalWriter
from modeldb.server.http.opening import serving
from modeldb.store import StoreLayout

from .conftest import client_of

N = 60


def frame() -> pd.DataFrame:
    columns = {
        "count": np.arange(N) % 3,
        "even": np.linspace(0, 24, N),
        "constant": np.full(N, 7.5),
        "huge": np.where(np.arange(N) % 2, 1.7e308, -1.7e308),
        "odd": np.where(np.arange(N) < 50, 1.0, np.where(np.arange(N) < 55, np.nan, np.inf)),
        "missing": np.full(N, np.nan),
        "city": np.array(["Oslo", "Bergen", "Oslo"] * (N // 3), dtype=object),
        "key": [f"key {i}" for i in range(N)],
        "long": ["x" * 10_000] * N,
        "flag": np.arange(N) < 20,
        "day": pd.date_range("2026-01-01", periods=N),
        "took": pd.to_timedelta(np.arange(N), unit="s"),
        "kind": pd.Categorical(["b", "a", None] * (N // 3)),
        "wave": np.where(np.arange(N) < 40, 1j, 2 + 1j),
    }
    return pd.DataFrame(columns)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TestClient, dict[str, str]]]:
    """A client of a store that holds two data sets, and their ids by name."""
    root: Path = tmp_path_factory.mktemp("kept") / "store"
    values = {"everything": frame(), "wide": pd.DataFrame({f"c{i}": [i, i + 1] for i in range(5000)})}
    with modeldb.run("keep", store=root) as run:
        ids = {name: run.log_dataset(value, name=name) for name, value in values.items()}
    with Database(StoreLayout(root)) as db:
        journal = JournalWriter.create(db.layout.journal)
        for name, value in values.items():
            stored = kept_columns.write(db.objects, value)
            journal.append(encode(DatasetKept(str(ids[name]), stored.digests, stored.stored_bytes)))
        journal.close()
        db.objects.flush()
        db.sync()
        with serving(db, user="tester") as state, client_of(state) as client:
            yield client, ids


def by_name(client: TestClient, dataset: str) -> dict[str, dict[str, Any]]:
    names = {c["position"]: c["name"] for c in client.get(f"/api/v1/datasets/{dataset}").json()["columns"]}
    answer = client.get(f"/api/v1/datasets/{dataset}/distributions")
    assert answer.status_code == 200, answer.text
    return {names[one["position"]]: one for one in answer.json()["columns"]}


def test_every_kind_of_column_has_its_distribution(kept: Any) -> None:
    found = by_name(kept[0], kept[1]["everything"])
    assert list(found) == list(frame().columns)
    assert found["count"]["bins"] == {"low": -0.5, "high": 2.5, "counts": [20, 20, 20]}
    assert found["even"]["bins"]["low"] == 0 and found["even"]["bins"]["high"] == 24
    assert len(found["even"]["bins"]["counts"]) == 24 and set(found["even"]["bins"]["counts"]) <= {2, 3}
    assert found["city"]["top"] == [{"value": "Oslo", "count": 40}, {"value": "Bergen", "count": 20}]
    assert found["kind"]["n_missing"] == 20 and found["kind"]["n_other"] == 0
    assert [one["count"] for one in found["flag"]["top"]] == [40, 20]
    assert found["day"]["unit"] == "time" and found["day"]["bins"]["low"] == 1767225600.0
    assert found["took"]["unit"] == "duration" and found["took"]["bins"]["high"] == 59
    assert [one["count"] for one in found["wave"]["top"]] == [40, 20]


def test_every_row_is_counted_once(kept: Any) -> None:
    for name, one in by_name(kept[0], kept[1]["everything"]).items():
        counted = sum(one["bins"]["counts"]) if one["bins"] else sum(top["count"] for top in one["top"])
        assert counted + one["n_other"] + one["n_missing"] + one["n_infinite"] == N, name


def test_strange_values_have_a_distribution_too(kept: Any) -> None:
    found = by_name(kept[0], kept[1]["everything"])
    assert found["constant"]["bins"] == {"low": 7.5, "high": 7.5, "counts": [N]}
    assert found["huge"]["bins"]["counts"] == [30, *[0] * 22, 30]
    assert found["odd"]["bins"]["counts"] == [50]
    assert (found["odd"]["n_missing"], found["odd"]["n_infinite"]) == (5, 5)
    assert found["missing"]["bins"] is None and found["missing"]["n_missing"] == N
    assert len(found["key"]["top"]) == 6 and found["key"]["n_other"] == N - 6
    assert len(found["long"]["top"][0]["value"]) == 80


def test_thousands_of_columns_are_answered_at_once(kept: Any) -> None:
    client, ids = kept
    found = client.get(f"/api/v1/datasets/{ids['wide']}/distributions").json()
    assert len(found["columns"]) == 5000 and found["n_rows"] == 2
    assert found["columns"][4999]["bins"] == {"low": 4998.5, "high": 5000.5, "counts": [1, 1]}


def test_what_is_not_kept_says_so(client: TestClient) -> None:
    listed = client.get("/api/v1/datasets", params={"kept": "false", "limit": 1}).json()["datasets"]
    answer = client.get(f"/api/v1/datasets/{listed[0]['dataset']['dataset_id']}/distributions").json()
    assert not answer["available"] and "not kept" in answer["reason"] and answer["columns"] == []
    assert client.get("/api/v1/datasets/d-none/distributions").status_code == 404
