"""Lists come from the catalog's indexes and say what SQL would."""

from __future__ import annotations

import html
from pathlib import Path

import pytest

from modeldb.catalog import open_catalog
from modeldb.core.actions import Input, Metrics, MetricSeen, Output
from modeldb.database import Database
from modeldb.errors import Ambiguous, InvalidInput, NotFound
from modeldb.query import ids, lists
from modeldb.testing.catalog import a_dataset, a_model, a_run, an_action
from modeldb.testing.stores import apply_all


@pytest.mark.parametrize("ascending", [False, True])
@pytest.mark.parametrize("limit", [3, 10, None])
def test_the_best_models_are_those_of_sql(db: Database, ascending: bool, limit: int | None) -> None:
    best = "min" if ascending else "max"
    expected = db.sql(
        f"SELECT m.model_id, {best}(x.value) AS v FROM metrics x JOIN models m USING (model_id) "
        "WHERE x.name = 'accuracy_score' AND m.role = 'model' AND x.value IS NOT NULL GROUP BY 1 "
        f"ORDER BY v {'ASC' if ascending else 'DESC'}"
    ).rows()
    found = db.models(by="accuracy_score", ascending=ascending, limit=limit).column("model_id")
    values = dict(expected)
    assert [values[model] for model in found] == [value for _, value in expected[:limit]]
    assert len(found) == len(set(found))


def test_a_model_measured_often_leaves_room_for_others(tmp_path: Path) -> None:
    with open_catalog(tmp_path / "catalog.sqlite") as catalog:
        apply_all(catalog, [a_run()])
        for number, model in enumerate(("m-1", "m-2", "m-3")):
            apply_all(catalog, [an_action(f"a-{number}", models=[a_model(model)])])
        curve = [Metrics("r-1", 1.0, ["auc"], [0.9 + i / 1e4], step=i, model_id="m-1") for i in range(500)]
        apply_all(
            catalog,
            [*curve, *(Metrics("r-1", 1.0, ["auc"], [v], model_id=m) for m, v in (("m-2", 0.8), ("m-3", 0.99)))],
        )
        assert lists.models(catalog, by="auc", limit=2).column("model_id") == ["m-3", "m-1"]
        assert lists.models(catalog, by="auc", limit=2).truncated
        assert lists.models(catalog, by="auc", limit=3).column("model_id") == ["m-3", "m-1", "m-2"]
        assert not lists.models(catalog, by="auc", limit=3).truncated


def test_an_empty_list_says_which_filter_names_nothing(db: Database) -> None:
    metric = db.sql("SELECT name FROM metrics LIMIT 1").scalar()
    script = str(db.sql("SELECT script FROM runs LIMIT 1").scalar()).rpartition("/")[2]
    cases = (
        (db.models(by=metric + "s"), f"no metric is called '{metric}s'; did you mean "),
        (db.runs(project="none like it"), "no project is called 'none like it'; there are "),
        (db.runs(script=3), "no script is called '3'; "),
        (db.datasets(tag="gold"), "no tag is called 'gold'; there is "),
        (db.runs(script=script, status="killed"), ""),
        (db.models(type="Ridge", tag="gold", by=metric), "no tag is called 'gold'; there is "),
    )
    for result, why in cases:
        assert len(result) == 0 and result.why_empty.startswith(why) and bool(why) == bool(result.why_empty)
        for text in (str(result), result._repr_html_()):
            assert html.escape(f"(no rows: {why}" if why else "(no rows)") in text or why in text
    assert db.models(by=metric).why_empty == ""


@pytest.mark.parametrize("ask", ["runs", "models", "datasets", "actions", "sql"])
def test_a_limit_below_nothing_is_refused(db: Database, ask: str) -> None:
    with pytest.raises(InvalidInput, match="limit is -2"):
        db.sql("SELECT 1", limit=-2) if ask == "sql" else getattr(db, ask)(limit=-2)


def test_a_role_that_no_model_has_is_refused(db: Database) -> None:
    with pytest.raises(InvalidInput, match="'estimator' is no role"):
        db.similar_models(db.models(limit=1)[0][0], role="estimator")


def test_lists_are_newest_first(db: Database) -> None:
    for listed, key in ((db.runs(limit=None), "started_at"), (db.models(limit=None), "created_at")):
        times = listed.column(key)
        assert times == sorted(times, reverse=True)


def test_prefixes_lead_to_ids_and_near_misses_are_named(tmp_path: Path) -> None:
    with open_catalog(tmp_path / "catalog.sqlite") as catalog:
        apply_all(catalog, [a_run("r-aaaa1"), a_run("r-aaaa2"), a_run("r-bbbb")])
        assert ids.resolve(catalog, "r-b") == ("run", "r-bbbb")
        assert ids.resolve(catalog, "r-aaaa1") == ("run", "r-aaaa1")
        with pytest.raises(Ambiguous, match="r-aaaa1, r-aaaa2"):
            ids.resolve(catalog, "r-aa")
        with pytest.raises(NotFound, match="r-bbbb"):
            ids.resolve(catalog, "r-bbbc")
        with pytest.raises(NotFound, match="no model"):
            ids.resolve(catalog, "r-bbbb", ["model"])
        with pytest.raises(NotFound):
            ids.resolve(catalog, "")


def test_a_list_leaves_out_what_a_metric_says_class_by_class(tmp_path: Path) -> None:
    with open_catalog(tmp_path / "catalog.sqlite") as catalog:
        values = [MetricSeen("f1", 0.5, "m-1", label="a"), MetricSeen("f1", 0.75, "m-1")]
        only = [MetricSeen("f1", 0.5, "m-2", label="a")]
        apply_all(catalog, [a_run(), an_action("a-1", models=[a_model("m-1")], metrics=values)])
        apply_all(catalog, [an_action("a-2", models=[a_model("m-2")], metrics=only)])
        assert lists.metrics_of(catalog, ["m-1", "m-2"]) == {"m-1": {"f1": 0.75}, "m-2": {"f1[a]": 0.5}}


def test_a_dataset_belongs_to_every_run_and_project_that_used_it(tmp_path: Path) -> None:
    with open_catalog(tmp_path / "catalog.sqlite") as catalog:
        read = {"datasets": [a_dataset("d-1", source="patients.csv")]}
        taken, given = [Input("X", "d-1", "dataset")], [Output("return", "d-1", "dataset")]
        apply_all(catalog, [a_run("r-1"), an_action("a-1", "r-1", outputs=given, **read)])
        apply_all(catalog, [a_run("r-2", project="retrial"), an_action("a-2", "r-2", inputs=taken, **read)])
        apply_all(catalog, [a_run("r-3", project="other"), an_action("a-3", "r-3")])
        for asked, found in (({"run": "r-1"}, 1), ({"run": "r-2"}, 1), ({"run": "r-3"}, 0), ({"project": "churn"}, 1),
                             ({"project": "retrial"}, 1), ({"project": "other"}, 0)):  # fmt: skip
            assert len(lists.datasets(catalog, **asked)) == found, asked
