"""`Database` on a store that real scripts were recorded into: the whole way from a csv file to an answer."""

from __future__ import annotations

import copy
import os
import pwd
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

import modeldb
from modeldb import database
from modeldb.catalog import open_catalog
from modeldb.core import codec
from modeldb.core.actions import Metrics
from modeldb.database import Database
from modeldb.errors import Ambiguous, InvalidInput, NotFound, StoreTooNew
from modeldb.journal import JournalWriter
from modeldb.journal.format import segment_path
from modeldb.store import StoreLayout
from modeldb.testing.catalog import a_run


@pytest.fixture(scope="module")
def db(recorded_store: Path) -> Iterator[Database]:
    with modeldb.open(recorded_store) as opened:
        yield opened


def test_the_question_everybody_asks_has_the_right_rows(db: Database) -> None:
    rows = db.sql(
        "select m.type, h.name, h.value, x.name, x.value from models m join hyperparameters h using (model_id) "
        "join metrics x using (model_id) order by x.value desc"
    ).rows()
    search = {(row[1], row[3]) for row in rows if row[0] == "GridSearchCV"}
    assert {("cv", "accuracy_score"), ("cv", "f1_score"), ("cv", "roc_auc_score")} <= search
    assert ("RandomForestClassifier", "n_estimators", "10") in {row[:3] for row in rows}
    assert {"0.01", "2.0"} <= {row[2] for row in rows if row[0] == "Pipeline" and row[1] == "clf__C"}


def test_show_of_the_best_model_tells_its_lineage_from_the_file_on(db: Database) -> None:
    best = db.models(by="roc_auc_score", limit=1)[0][0]
    text = db.show(best)
    story = text[text.index("how it came to be") :]
    steps = ["read_csv", "DataFrame.drop", "train_test_split", "GridSearchCV.fit", "accuracy_score", "roc_auc_score"]
    places = [story.index(step) for step in steps]
    assert places == sorted(places)
    assert "customers.csv" in story and "train.py:" in story
    lineage = db.lineage(best)
    assert "customers.csv" in str(lineage.rows()[-1])


def test_the_fitted_model_comes_back(db: Database) -> None:
    import pandas as pd

    model = db.model("forest")
    fitted = model.load()
    assert type(fitted).__name__ == model.type == "RandomForestClassifier"
    frame = pd.read_csv(db.layout.root.parent / "customers.csv")[["age", "income"]]
    assert fitted.predict(frame).shape == (300,)
    assert model.hyperparameters["n_estimators"] == 10
    assert model.hyperparameters["max_depth"] is None
    assert set(model.metrics) == {"accuracy_score"}
    assert model.train_dataset is not None and model.train_dataset.n_columns == 2
    assert model in model.run.models


def test_a_handle_can_be_copied(db: Database) -> None:
    model = db.model(db.models(limit=1)[0][0])
    assert copy.copy(model) == model and copy.copy(model).facts == model.facts
    with pytest.raises(AttributeError, match="a model has no 'colour'; it has"):
        _ = model.colour


def test_prefixes_names_and_tags_mean_things(db: Database) -> None:
    model = db.models(limit=1)[0][0]
    assert db.resolve(model[:9]) == ("model", model)
    db.tag(model, "champion")
    try:
        assert db.model("champion").id == model
        assert db.models(tag="champion").column("model_id") == [model]
    finally:
        db.tag(model, "champion", None)
    with pytest.raises(Ambiguous, match="m-"):
        db.model("m-")
    with pytest.raises(NotFound, match="forest"):
        db.model("forrest")
    with pytest.raises(NotFound, match="no model"):
        db.model("m-zz")


def test_what_is_hidden_is_out_of_lists_but_not_gone(db: Database) -> None:
    run = db.runs(limit=1)[0][0]
    db.hide(run)
    try:
        assert run not in db.runs().column("run_id")
        assert run in db.runs(hidden=True).column("run_id")
        assert db.run(run).id == run
    finally:
        db.hide(run, False)
    assert run in db.runs().column("run_id")


def test_a_user_without_a_name_may_tag(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(variable, raising=False)

    def nobody(number: int) -> None:
        raise KeyError(f"getpwuid(): uid not found: {number}")

    monkeypatch.setattr(pwd, "getpwuid", nobody)
    model = db.models(limit=1)[0][0]
    db.tag(model, "signed")
    authors = db.sql("SELECT author FROM tags WHERE key = 'signed'").rows()
    db.tag(model, "signed", None)
    assert authors == [("unknown",)]


def test_lists_filter_and_refuse_unknown_filters(db: Database) -> None:
    assert db.runs(status="failed", script="broken.py").column("name") == ["broken"]
    assert set(db.models(type="GridSearchCV").column("name")) == {"search"}
    values = [m["roc_auc_score"] for m in db.models(by="roc_auc_score").column("metrics")]
    assert values == sorted(values, reverse=True) and len(values) == 2
    assert len(db.models(role=None, limit=None)) > len(db.models(limit=None))
    assert db.datasets(column="plan", name="df").column("n_columns") == [4]
    splits = db.actions(kind="split", depth=0)
    assert "sklearn.model_selection.train_test_split" in splits.column("operation")
    assert "…" in splits.to_text(width=60) and "train_test_split" in splits.to_text(width=90)
    with pytest.raises(InvalidInput, match="colour"):
        db.runs(colour="red")


def test_diff_names_what_changed_and_nothing_else(db: Database) -> None:
    second, first = db.models(name="search").column("model_id")
    found = {(d.what, d.name): (d.a, d.b) for d in db.diff(first, second) if d.what == "hyperparameter"}
    assert set(found) == {("hyperparameter", "param_grid")}
    assert not any(d.what == "environment" for d in db.diff(first, second))
    runs = db.runs(script="train.py").column("run_id")
    names = {d.name for d in db.diff(runs[1], runs[0])}
    assert {"command", "param_grid", "n_estimators"} <= names
    assert db.diff(first, first).differences == []
    train, test = (db.dataset(name).id for name in ("X_train", "X_test"))
    assert ("data", "rows") in {(d.what, d.name) for d in db.diff(train, test)}
    with pytest.raises(InvalidInput, match="one kind"):
        db.diff(first, train)


def test_the_log_says_what_a_run_did_differently(db: Database) -> None:
    runs = {entry.run_id: entry for entry in db.log(script="train.py")}
    newest = next(iter(runs.values()))
    assert {model.name: model.change for model in newest.models}["forest"] == "n_estimators: 5 → 10"
    graph = db.log(graph=True).to_text(100)
    assert "└─●" in graph and "n_estimators: 5 → 10" in graph


def test_versions_are_parents_of_what_changed_them(db: Database) -> None:
    rows = db.sql("SELECT type, parent_id IS NULL, change FROM versions ORDER BY type, first_at").rows()
    assert [row[1] for row in rows] == [True, True, False, True, False]
    assert rows[4][2] == "n_estimators: 5 → 10"


def test_every_kind_of_thing_can_be_shown(db: Database) -> None:
    ids = {
        "run": db.runs()[0][0],
        "model": db.models()[0][0],
        "dataset": db.datasets()[0][0],
        "action": db.actions()[0][0],
        "file": db.sql("SELECT file_id FROM files").rows()[0][0],
        "version": db.sql("SELECT version_id FROM versions").rows()[0][0],
        "project": db.projects()[0][0],
        "experiment": db.sql("SELECT id FROM experiments").rows()[0][0],
    }
    for kind, identifier in ids.items():
        assert db.show(identifier, width=80).startswith(f"{kind} {identifier}")


def test_what_was_just_recorded_is_in_the_answer(db: Database) -> None:
    run = db.runs()[0][0]
    before = db.changes()
    journal = JournalWriter.create(db.layout.journal)
    journal.append(codec.encode(Metrics(run, 1.0, ["late"], [0.5])))
    assert db.sql("SELECT value FROM metrics WHERE name = 'late'").scalar() == 0.5
    assert db.changes(before.entry).metrics == 1
    journal.close()


def test_what_a_reader_cannot_take_in_is_named(
    recorded_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = StoreLayout(shutil.copytree(recorded_store, tmp_path / "store"))
    monkeypatch.setattr(database, "_catalog", lambda layout: open_catalog(layout.catalog, readonly=True))
    with modeldb.open(store.root) as db:
        n = len(db.runs())
        assert db.warnings == []
        journal = JournalWriter.create(store.journal)
        segment_path(journal.directory, 0).unlink()
        assert len(db.runs()) == n and db.warnings == [], "a journal without a word was called missing"
        journal.close()
        for told in ("in a journal", "in 2 journals"):
            journal = JournalWriter.create(store.journal)
            journal.append(codec.encode(a_run("r-unseen")))
            assert len(db.runs()) == n and told in db.warnings[0]
            journal.close()


def test_a_store_that_is_not_there_or_of_a_later_version_says_so(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="modeldb init"):
        modeldb.open(tmp_path / "nothing")
    (tmp_path / "config.toml").write_text("format = 99\n")
    with pytest.raises(StoreTooNew, match="99"):
        modeldb.open(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_store_one_may_only_read_answers(recorded_store: Path) -> None:
    paths = [recorded_store, *(path for path in recorded_store.rglob("*") if path.is_dir())]
    modes = {path: path.stat().st_mode for path in paths}
    try:
        for path in paths:
            path.chmod(stat.S_IRUSR | stat.S_IXUSR)
        with modeldb.open(recorded_store) as db:
            assert db.sql("SELECT count(*) FROM models").scalar() > 0
    finally:
        for path, mode in modes.items():
            path.chmod(mode)
