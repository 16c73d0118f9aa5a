"""What somebody hid is out of everything that lists, counts or names the best, and the answer says how much it is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from modeldb.core.actions import Metrics, Record
from modeldb.database import Database
from modeldb.server.http.opening import serving
from modeldb.testing.catalog import a_model, a_run, an_action

from .conftest import CHANGING, client_of, make_database
from .test_http import get


def hide(client: TestClient, *ids: str, value: str | None = "hidden") -> None:
    change = {"targets": list(ids), "kind": "hide", "value": value}
    assert client.post("/api/v1/annotations", json={"changes": [change]}, headers=CHANGING).status_code == 200


def test_a_card_neither_counts_nor_praises_what_is_hidden(own_client: TestClient) -> None:
    before = get(own_client, "/projects/churn")["project"]
    best = before["metrics"][0]["best_model_id"]
    run = get(own_client, "/runs/table", project="churn")["ids"][0]
    assert before["n_hidden"] == 0
    hide(own_client, best, run)
    after = get(own_client, "/projects/churn")
    card = after["project"]
    assert (card["n_models"], card["n_runs"], card["n_hidden"]) == (before["n_models"] - 1, before["n_runs"] - 1, 2)
    assert card["metrics"][0]["best_model_id"] != best and card["activity"] == before["activity"]
    assert sum(one["count"] for one in card["model_types"]) == card["n_models"]
    assert run not in [one["run_id"] for one in after["recent_runs"]]
    assert sum(one["n_runs"] for one in after["experiments"]) == card["n_runs"]
    hide(own_client, best, run, value=None)
    assert get(own_client, "/projects/churn")["project"] == before


def test_charts_show_the_rows_of_the_table(own_client: TestClient) -> None:
    ids = get(own_client, "/models/table", project="churn")["ids"]
    hide(own_client, *ids[:2])
    for hidden in (False, True):
        rows = get(own_client, "/models/table", project="churn", hidden=hidden, limit=1000)
        chart = get(own_client, "/charts/data", project="churn", hidden=hidden, fields="created_at")
        assert set(chart["ids"]) == set(rows["ids"]) and chart["hidden"] == rows["hidden"] == (0 if hidden else 2)


@pytest.fixture
def curves(tmp_path: Path) -> Iterator[Database]:
    """Two runs with a curve each; the second has one of a model, too."""
    runs: list[Record] = [a_run("r-1"), a_run("r-2"), an_action("a-1", "r-2", models=[a_model("m-1")])]
    logged = [
        Metrics(run, 2e9 + step, ["loss"], [1 / step], step=step, model_id=model)
        for run, model in (("r-1", None), ("r-2", None), ("r-2", "m-1"))
        for step in (1, 2, 3)
    ]
    with make_database(tmp_path, [[*runs, *logged]]) as db:
        yield db


def test_curves_leave_out_hidden_runs_and_models_as_soon_as_they_are(curves: Database) -> None:
    with serving(curves) as state, client_of(state) as client:
        known = get(client, "/series", project="churn")
        assert [one["model_id"] for one in known["series"]].count("m-1") == 1 and len(known["series"]) == 3
        hide(client, "r-1")
        again = get(client, "/series", project="churn", after=known["entry"])
        assert again["after"] == 0, "what is known holds too much now"
        assert {one["run_id"] for one in again["series"]} == {"r-2"} and again["hidden"] == 1
        hide(client, "m-1")
        left = get(client, "/series", project="churn")
        assert [one["model_id"] for one in left["series"]] == [None]
        assert (left["hidden"], left["total"]) == (2, 1)
        everything = get(client, "/series", project="churn", hidden=True)
        assert len(everything["series"]) == 3 and everything["hidden"] == 0
        assert len(get(client, "/series", run="r-1")["series"]) == 1, "who asks for it gets it"
        news = get(client, "/series", project="churn", after=left["entry"])
        assert news["after"] == left["entry"] and news["series"] == []


def test_models_nearby_are_not_hidden_ones(own_client: TestClient) -> None:
    for model in get(own_client, "/models/table", limit=1000)["ids"]:
        siblings = [one["model_id"] for one in get(own_client, f"/models/{model}")["siblings"]]
        if siblings:
            break
    hide(own_client, siblings[0])
    assert [one["model_id"] for one in get(own_client, f"/models/{model}")["siblings"]] == siblings[1:]
