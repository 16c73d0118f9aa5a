"""Stores nobody wishes for: empty ones, and ones whose names and values are as odd as they come. No page fails."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from modeldb.core.actions import (
    Action,
    Annotated,
    ColumnSeen,
    DatasetSeen,
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
from modeldb.server.http.opening import serving

from .conftest import client_of, make_database

LONG = "n" * 10_000
NAMES = [LONG, "ünïcödé 🎯 \u202e right to left", "a.b[c]@d\"e'f`g;--", "  ", "<b>&amp;</b>"]
NUMBERS = [math.nan, math.inf, -math.inf, 1e308, -1e308, 5e-324, 0.0]


def odd_run(number: int, name: str) -> list[Record]:
    run, model, data = f"r-{number:016x}", f"m-{number:016x}", f"d-{number:032x}"
    seen = DatasetSeen(
        data, f"{number:032x}", name, None, "DataFrame", 3, [ColumnSeen(name, "float64", f"{number:x}c")]
    )
    made = ModelMade(
        model, "Odd", "odd.Odd", "odd", "1", name, "classification", train_dataset_id=data,
        hyperparameters=[Value(name, NUMBERS[number % len(NUMBERS)], "float"), Value("big", 10**30, "int"),
                         Value("text", LONG, "str"), Value("list", [1, [2, {"a": None}]], "list")],
    )  # fmt: skip
    fit = Action(
        new_action_id(), run, 0, None, 0, "fit", "odd.Odd.fit", "odd", "ok", 1e9, 0.1,
        outputs=[Output("self", model, "model")], datasets=[seen], models=[made],
        metrics=[MetricSeen(name, value, model, data) for value in NUMBERS],
    )  # fmt: skip
    steps: list[Record] = [
        Metrics(run, 1e9 + step, [name], [value], step * 10**15, None, model) for step, value in enumerate(NUMBERS)
    ]
    return [
        RunStarted(run, 1e9, name, name, name, name, "host", 1, [name], None, "/", "3.11"), fit, *steps,
        Annotated(model, "tag", name, name, name, 1e9), Annotated(run, "note", name, name, name, 1e9),
        RunEnded(run, "finished", 1e9 + 1, 0),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    runs = [odd_run(number, name) for number, name in enumerate(NAMES, 1)]
    with make_database(tmp_path_factory.mktemp("odd"), runs) as db, serving(db) as state, client_of(state) as client:
        yield client


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    directory: Path = tmp_path_factory.mktemp("empty")
    with make_database(directory, []) as db, serving(db) as state, client_of(state) as client:
        yield client


def get(client: TestClient, path: str, **params: Any) -> Any:
    answer = client.get("/api/v1" + path, params=params)
    assert answer.status_code == 200, (path, params, answer.text[:500])
    return answer.json()


LISTS = [
    "/projects",
    "/models/table",
    "/runs/table",
    "/models/columns",
    "/runs/columns",
    "/series",
    "/datasets",
    "/schema",
]


@pytest.mark.parametrize("path", LISTS)
def test_an_empty_store_has_empty_pages(empty: TestClient, path: str) -> None:
    found = get(empty, path)
    assert found.get("total", 0) == 0 and not found.get("rows") and not found.get("series")


def test_an_empty_store_has_empty_charts(empty: TestClient) -> None:
    assert get(empty, "/charts/data", fields=["name", "type"])["ids"] == []


@pytest.mark.parametrize("path", LISTS)
def test_odd_names_and_numbers_are_listed(odd: TestClient, path: str) -> None:
    assert get(odd, path)


def test_every_odd_column_sorts_groups_and_is_drawn(odd: TestClient) -> None:
    for of in ("models", "runs"):
        for column in get(odd, f"/{of}/columns")["columns"]:
            key = column["key"]
            assert get(odd, f"/{of}/table", sort=key, columns=key)["total"] == len(NAMES)
            assert get(odd, f"/{of}/table", group=key)["grouped"]
            assert len(get(odd, "/charts/data", of=of, fields=[key])["ids"]) == len(NAMES)


def test_every_odd_thing_has_its_page(odd: TestClient) -> None:
    models, runs = get(odd, "/models/table")["ids"], get(odd, "/runs/table")["ids"]
    for model in models:
        found = get(odd, f"/models/{model}")
        get(odd, f"/models/{model}/pipeline")
        get(odd, f"/models/{model}/evaluation")
        dataset = found["trained_on"]["dataset_id"]
        get(odd, f"/datasets/{dataset}")
        assert not get(odd, f"/datasets/{dataset}/distributions")["available"]
    for run in runs:
        get(odd, f"/runs/{run}")
        get(odd, f"/runs/{run}/actions")
        assert get(odd, "/series", run=run)["series"][0]["count"] >= len(NUMBERS)
    assert len(get(odd, "/compare", ids=models)["models"]) == len(NAMES)
    for group in get(odd, "/models/table", group="name")["group_filters"]:
        if "\0" not in group and len(group) < 10_000:
            assert get(odd, "/models/table", filter=group)["total"] == 1
