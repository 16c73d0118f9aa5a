"""The tables: what they show unasked, order, groups, pages, and that they follow the catalog."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from modeldb.core.actions import Action, Annotated, MetricSeen, ModelMade, Record, RunStarted, Value
from modeldb.core.ids import new_action_id
from modeldb.database import Database
from modeldb.server.http.opening import serving
from modeldb.server.tables.loading import Tables
from modeldb.server.tables.pivot import Snapshot
from modeldb.testing.synthetic import fill

from .conftest import client_of, make_database


def table(client: TestClient, of: str = "models", **params: Any) -> dict[str, Any]:
    answer = client.get(f"/api/v1/{of}/table", params=params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def values(page: dict[str, Any], key: str) -> list[Any]:
    place = [column["key"] for column in page["columns"]].index(key)
    return [row[place] for row in page["rows"]]


def test_without_any_choice_the_best_come_first_with_what_varies(client: TestClient) -> None:
    page = table(client, project="churn")
    keys = [column["key"] for column in page["columns"]]
    assert page["sort"][0] == "-" + page["main_metric"]
    scores = [value for value in values(page, page["main_metric"]) if value is not None]
    assert scores == sorted(scores, reverse=True) and len(scores) > 10
    assert "param.n_estimators" in keys and "param.option_07" not in keys
    assert keys.index(page["main_metric"]) < keys.index("param.n_estimators")


def test_lower_is_better_for_errors(client: TestClient) -> None:
    page = table(client, project="house-prices", sort="metric.mean_squared_error", limit=5)
    assert values(page | {"rows": page["rows"]}, page["main_metric"])
    columns = client.get("/api/v1/models/columns", params={"project": "house-prices"}).json()["columns"]
    better = {column["name"]: column["higher_is_better"] for column in columns}
    assert better["mean_squared_error"] is False and better["r2_score"] is True


def test_columns_say_what_they_hold(client: TestClient) -> None:
    answer = client.get("/api/v1/models/columns", params={"project": "churn"}).json()
    columns = {column["key"]: column for column in answer["columns"]}
    assert columns["param.C"]["log_scale"] and columns["param.C"]["type"] == "number"
    assert not columns["param.option_07"]["varies"]
    assert {v["value"] for v in columns["param.n_estimators"]["values"]} <= {50, 100, 200, 400}
    assert sum(v["count"] for v in columns["type"]["values"]) == answer["total"]
    assert columns["created_at"]["type"] == "time" and columns["param.shuffle"]["type"] == "boolean"


def test_rows_are_sorted_by_several_columns_with_missing_ones_last(client: TestClient) -> None:
    columns = ["param.algorithm", "param.C", "id"]
    page = table(client, sort=["param.algorithm", "-param.C"], columns=columns, limit=1000)
    rows = [tuple(row[:2]) for row in page["rows"]]
    assert rows == sorted(rows, key=lambda r: (r[0] is None, r[0] or "", r[1] is None, -(r[1] or 0)))
    assert any(c is None for _, c in rows) and rows[-1][1] is None


def test_pages_fit_together_without_gaps_or_doubles(client: TestClient) -> None:
    whole = table(client, sort="param.n_estimators", limit=1000)["ids"]
    pages = [table(client, sort="param.n_estimators", limit=7, offset=at)["ids"] for at in range(0, len(whole), 7)]
    assert [id for page in pages for id in page] == whole and len(set(whole)) == len(whole)


def test_groups_are_what_python_says(client: TestClient) -> None:
    metric = "metric.accuracy_score"
    rows = table(client, project="churn", columns=["type", metric, "param.C"], limit=1000)["rows"]
    aggregates = [f"{how}:{metric}" for how in ("mean", "median", "min", "max", "sum", "std", "count")]
    page = table(client, project="churn", group="type", aggregate=aggregates)
    for row, expression in zip(page["rows"], page["group_filters"], strict=True):
        mine = [r[1] for r in rows if r[0] == row[0] and r[1] is not None]
        assert row[1] == sum(r[0] == row[0] for r in rows)
        expected = [statistics.fmean(mine), statistics.median(mine), min(mine), max(mine), sum(mine),
                    statistics.stdev(mine), len(mine)]  # fmt: skip
        assert row[2:] == pytest.approx(expected)
        assert table(client, project="churn", filter=expression)["total"] == row[1]
    assert page["grouped"] and page["total"] == len({r[0] for r in rows})


def test_groups_by_several_columns_and_by_day_select_their_rows(client: TestClient) -> None:
    page = table(client, group=["created_at", "param.max_depth"], limit=1000)
    assert sum(values(page, "count")) == table(client)["total"]
    for row, expression in list(zip(page["rows"], page["group_filters"], strict=True))[:10]:
        assert table(client, filter=expression)["total"] == row[2]


@pytest.mark.parametrize(
    "params",
    [
        {"project": "churn"},
        {"project": "house-prices", "filter": "metric.r2_score > 0.7", "sort": "param.n_estimators"},
        {"roles": ["model", "step"], "columns": ["id", "type", "tag.stage", "feature.age", "note", "dataset", "fit_s"]},
        {"columns": ["id", "steps"], "filter": "steps contains 'Standard'", "sort": "-created_at"},
        {"columns": ["id", "steps"], "filter": "'standardscaler'", "sort": "-created_at"},
        {"columns": ["id", "metric.loss", "metric.val_loss", "metric.accuracy_score"], "sort": "metric.val_loss"},
    ],
)
def test_copied_sql_gives_the_page(client: TestClient, params: dict[str, Any]) -> None:
    page = table(client, **params, limit=20)
    answer = client.post("/api/v1/query", json={"sql": page["sql"]})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert [row[0] for row in found["rows"]] == page["ids"]
    names = [column["name"] for column in found["columns"]]
    for place, column in enumerate(page["columns"]):
        if column["kind"] == "metric":
            theirs = [row[names.index(column["key"])] for row in found["rows"]]
            assert theirs == [row[place] for row in page["rows"]]


def test_pipelines_say_what_they_are_made_of(client: TestClient) -> None:
    page = table(client, columns=["id", "steps"], limit=1000)
    made_of = dict(page["rows"])
    pipelines = [id for id, steps in made_of.items() if steps is not None]
    assert pipelines
    answer = client.post("/api/v1/query", json={"sql": page["sql"]}).json()
    assert {row[0]: row[1] for row in answer["rows"]} == made_of
    step = made_of[pipelines[0]].split(" → ")[0]
    assert pipelines[0] in table(client, filter=f"'{step.lower()}'", limit=1000)["ids"]
    for id in pipelines[:5]:
        children = client.get(f"/api/v1/models/{id}").json()["children"]
        assert made_of[id] == " → ".join(child["type"] for child in children if child["role"] == "step")


def test_copied_sql_gives_the_groups(client: TestClient) -> None:
    aggregates = ["mean:metric.accuracy_score", "max:metric.accuracy_score"]
    page = table(client, project="churn", group=["type", "param.algorithm"], aggregate=aggregates)
    rows = client.post("/api/v1/query", json={"sql": page["sql"]}).json()["rows"]
    assert [row[:3] for row in rows] == [row[:3] for row in page["rows"]]
    assert [row[3:] for row in rows] == [pytest.approx(row[3:]) for row in page["rows"]]


def test_charts_get_columns_over_all_rows_or_an_even_sample(client: TestClient) -> None:
    fields = ["created_at", "metric.accuracy_score", "type"]
    data = client.get("/api/v1/charts/data", params={"fields": fields, "project": "churn"}).json()
    assert len(data["ids"]) == data["total"] and not data["truncated"]
    assert [len(column) for column in data["values"]] == [data["total"]] * 3
    few = client.get("/api/v1/charts/data", params={"fields": fields, "project": "churn", "limit": 5}).json()
    assert few["truncated"] and len(few["ids"]) == 5 and few["ids"][-1] == data["ids"][-1]


def test_metrics_can_be_those_on_one_dataset(client: TestClient) -> None:
    on_test = table(client, project="churn", dataset="X_test", columns=["metric.accuracy_score"])
    assert all(value is not None for value in values(on_test, "metric.accuracy_score"))
    on_train = table(client, project="churn", dataset="X_train", columns=["metric.accuracy_score"])
    assert all(value is None for value in values(on_train, "metric.accuracy_score"))


def everything(snapshot: Snapshot) -> dict[str, dict[str, Any]]:
    return {key: dict(zip(snapshot.ids, snapshot.column(key).values, strict=True)) for key in sorted(snapshot.keys)}


def test_following_the_catalog_gives_what_reading_it_anew_gives(
    tmp_path: Path, sample_runs: list[list[Record]]
) -> None:
    with make_database(tmp_path, []) as db:
        following = Tables(db.catalog)
        for number, run in enumerate(sample_runs[:12]):
            half = len(run) // 2
            fill(db.catalog, [run[:half]], f"client-{number}")
            following.models()
            fill(db.catalog, [run[half:]], f"client-{number}-rest")
            following.runs()
        anew = Tables(db.catalog)
        assert everything(following.models()) == everything(anew.models())
        assert everything(following.runs()) == everything(anew.runs())
        assert following.models().n > 10


def test_a_metric_on_other_than_the_training_data_is_shown_whenever_it_came(own_db: Database) -> None:
    model = own_db.catalog.query(
        "SELECT m.model_id, m.run_id, m.train_dataset_id FROM models m JOIN metrics x ON x.model_id = m.model_id "
        "WHERE x.name = 'accuracy_score'"
    )[0]
    tables = Tables(own_db.catalog)
    before = dict(zip(tables.models().ids, tables.models().column("metric.accuracy_score").values, strict=True))

    def measured(value: float, dataset: str | None) -> Action:
        seen = MetricSeen("accuracy_score", value, model[0], dataset)
        return Action(
            new_action_id(), model[1], 99, None, 0, "evaluate", "x", "sklearn", "ok", 2e9, 0.1, metrics=[seen]
        )

    fill(own_db.catalog, [[measured(1.0, model[2])]], "later")
    found = dict(zip(tables.models().ids, tables.models().column("metric.accuracy_score").values, strict=True))
    assert found[model[0]] == before[model[0]] != 1.0
    fill(own_db.catalog, [[measured(0.123, "d-other")]], "latest")
    snapshot = tables.models()
    assert snapshot.column("metric.accuracy_score").values[snapshot.ids.index(model[0])] == 0.123


def test_hidden_models_are_left_out_and_counted(own_db: Database) -> None:
    with serving(own_db) as state, client_of(state) as client:
        page = table(client)
        fill(own_db.catalog, [[Annotated(page["ids"][0], "tag", "hidden", "", "ada", 2e9)]], "hider")
        after = table(client)
        assert page["ids"][0] not in after["ids"] and after["hidden"] == 1 and after["total"] == page["total"] - 1
        assert page["ids"][0] in table(client, hidden=True)["ids"]


def test_ten_thousand_models_come_in_pages(tmp_path: Path) -> None:
    n = 10_000

    def fits() -> list[Record]:
        run = RunStarted("r-0000000000000001", 1e9, "big", "default", None, "ada", "host", 1, [], None, "/", "3.12")
        out: list[Record] = [run]
        for i in range(n):
            id = f"m-{i:016x}"
            made = ModelMade(id, "SVC", "sklearn.svm.SVC", "sklearn", "1", hyperparameters=[Value("C", i % 100, "int")])
            out.append(
                Action(
                    new_action_id(), run.run_id, i, None, 0, "fit", "SVC.fit", "sklearn", "ok", 1e9 + i, 0.1,
                    models=[made], metrics=[MetricSeen("accuracy", (i * 7919 % n) / n, id)],
                )
            )  # fmt: skip
        return out

    with make_database(tmp_path, [fits()]) as db, serving(db) as state, client_of(state) as client:
        seen: list[str] = []
        scores: list[float] = []
        while len(seen) < n:
            page = table(client, offset=len(seen), limit=1000, columns=["metric.accuracy"])
            assert page["total"] == n and len(page["ids"]) == 1000
            seen += page["ids"]
            scores += values(page, "metric.accuracy")
        assert len(set(seen)) == n and scores == sorted(scores, reverse=True)
        assert table(client, offset=n)["rows"] == []
        assert table(client, group="param.C", limit=1000)["total"] == 100
