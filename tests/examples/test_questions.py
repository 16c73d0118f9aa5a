"""Questions about examples answer what a loop over the predictions would."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import modeldb
from modeldb.core.actions import Action, DatasetKept, DatasetSeen, ModelMade, Output, PredictionsStored, RunStarted
from modeldb.core.codec import encode
from modeldb.database import Database
from modeldb.errors import InvalidInput, NotFound
from modeldb.examples import kept, sets
from modeldb.journal import JournalWriter
from modeldb.objects import columns, open_store
from modeldb.query.result import Result
from modeldb.store import StoreLayout, init

N_ROWS = 5_000
MODELS = [f"m-{number:016x}" for number in range(6)]


class Made:
    """A store of predictions made up with numpy."""

    def __init__(self, root: Path) -> None:
        rng = np.random.default_rng(0)
        self.layout = init(StoreLayout(root))
        self.data = pd.DataFrame({"age": rng.integers(0, 90, N_ROWS), "region": rng.choice(["n", "s"], N_ROWS)})
        self.data["half"] = pd.Categorical(rng.choice(["upper", "lower"], N_ROWS), ["none", "lower", "upper"])
        self.data["score"] = np.where(self.data.age < 9, np.nan, self.data.age / 4)
        self.truth = rng.choice(["no", "yes", "perhaps"], N_ROWS)
        self.said = [np.where(rng.random(N_ROWS) < 0.5, self.truth, rng.permutation(self.truth)) for _ in MODELS]
        self._place = sets.Place(open_store(self.layout.objects), self.layout.examples)
        self._table = columns.digest(self.data)
        assert self._table is not None
        self.dataset_id = self._table.dataset_id
        stored = kept.write(self._place.objects, self.data, self._table)
        seen = DatasetSeen(self.dataset_id, self._table.digest, "test", None, "DataFrame", N_ROWS, [])
        records: list[Any] = [
            RunStarted("r-1", 0.0, "p", "default", None, "me", "here", 1, [], None, ".", "3"),
            self._action("a-data", "read", datasets=[seen]),
            DatasetKept(self.dataset_id, stored.digests, stored.stored_bytes),
        ]
        for number, model_id in enumerate(MODELS):
            records += self.predicted(model_id, self.said[number], stored.digests[-1])
        self.append(records)

    def predicted(self, model_id: str, said: Any, rows: str | None = None) -> list[Any]:
        made = ModelMade(model_id, "Made", "made.Made", "made", "1", problem_type="classification")
        held = sets.Said(
            model_id, self.dataset_id, "predict", sets.columns_of(said), labels=sets.columns_of(self.truth)
        )
        digest, size = sets.write(self._place, held, rows)
        self._place.objects.flush()
        action = self._action("a-" + model_id, "fit", models=[made], outputs=[Output("self", model_id, "model")])
        stored = PredictionsStored(
            "s-" + model_id, model_id, self.dataset_id, action.action_id, digest, N_ROWS, "predict", N_ROWS, None, size
        )
        return [action, stored]

    def append(self, records: list[Any]) -> None:
        journal = JournalWriter.create(self.layout.journal)
        for record in records:
            journal.append(encode(record))
        journal.close()

    def _action(self, action_id: str, kind: str, **more: Any) -> Action:
        return Action(action_id, "r-1", 0, None, 0, kind, f"made.{kind}", "made", "ok", 1.0, 0.0, **more)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(tmp_path_factory.mktemp("made") / "store")


@pytest.fixture
def made_db(made: Made) -> Iterator[Database]:
    with modeldb.open(made.layout.root) as db:
        yield db


def test_disagreement(made: Made, made_db: Database) -> None:
    result = made_db.examples.disagree(MODELS[1], MODELS[4])
    wanted = np.flatnonzero(made.said[1] != made.said[4])
    assert sorted(result.column("row")) == wanted.tolist()
    at = dict(zip(result.column("row"), zip(result.column("a"), result.column("b"), strict=True), strict=True))
    assert at[wanted[0]] == (made.said[1][wanted[0]], made.said[4][wanted[0]])


@pytest.mark.parametrize("models", [None, MODELS[:2], MODELS[3:4]])
def test_always_wrong(made: Made, made_db: Database, models: list[str] | None) -> None:
    chosen = [MODELS.index(model) for model in models or MODELS]
    wrong = np.logical_and.reduce([made.said[number] != made.truth for number in chosen])
    assert sorted(made_db.examples.always_wrong(models).column("row")) == np.flatnonzero(wrong).tolist()


def test_difficulty_is_the_sum_over_the_models_asked_for(made_db: Database) -> None:
    for count in range(1, len(MODELS) + 1):
        for models in itertools.combinations(MODELS, count):
            target = " ".join(["test", *models])
            counted = made_db.sql(f"SELECT \"row\", n_models, n_right FROM difficulty('{target}') ORDER BY 1")
            columns = " + ".join(f'"{model}"' for model in models)
            summed = made_db.sql(f"SELECT \"row\", {count}, {columns} FROM correct('{target}') ORDER BY 1")
            assert counted.rows() == summed.rows()


@pytest.mark.parametrize("isolated", [False, True])
def test_many_models_can_be_named(made_db: Database, isolated: bool) -> None:
    few, many = "test " + " ".join(MODELS[:2]), "test " + " ".join(MODELS[:2] * 50)
    sql = "SELECT n_models, n_right FROM difficulty('{}') ORDER BY \"row\""
    both = "SELECT count(*) FROM difficulty('{}') JOIN Difficulty('{}') USING (\"row\", n_models, n_right)"
    assert made_db.sql(sql.format(many), isolated=isolated).rows() == made_db.sql(sql.format(few)).rows()
    assert made_db.sql(both.format(few, many), isolated=isolated).scalar() == N_ROWS


def test_history_by_identity_and_by_row(made: Made, made_db: Database) -> None:
    example = made_db.sql(f"SELECT example FROM examples('{made.dataset_id}') WHERE \"row\" = 77").scalar()
    for result in (made_db.examples.history(example), made_db.examples.history(77, dataset="test")):
        said = {row["model_id"]: row["prediction"] for row in result.dicts() if row["row"] == 77}
        assert said == {model: made.said[number][77] for number, model in enumerate(MODELS)}


@pytest.mark.parametrize("models", [None, MODELS[:2]])
@pytest.mark.parametrize("by", ["region", "age", "half", "score"])
def test_accuracy_by_slice(made: Made, made_db: Database, by: str, models: list[str] | None) -> None:
    found = made_db.examples.slice(models, by=by).dicts()
    values = made.data[by]
    asked = models or MODELS
    assert len(found) == len(asked) * len(values.unique())
    for row in found:
        inside = (values.isna() if pd.isna(row[by]) else values == row[by]).to_numpy()
        right = made.said[MODELS.index(row["model_id"])] == made.truth
        assert row["n"] == inside.sum()
        assert row["accuracy"] == pytest.approx(right[inside].mean())
    assert {row["model_id"] for row in found} == set(asked)


def test_slices_are_what_a_join_of_rows_and_predictions_gives(made_db: Database) -> None:
    counted = made_db.sql("SELECT slice, model_id, n, n_right FROM slices('test by region')")
    joined = made_db.sql(
        "SELECT e.region, p.model_id, count(p.label), count_if(p.correct) FROM predictions p "
        "JOIN examples('test') e USING (\"row\") GROUP BY ALL"
    )
    assert sorted(map(str, counted)) == sorted(map(str, joined))


@pytest.mark.parametrize("isolated", [False, True])
def test_the_history_of_a_row_is_what_the_view_has_of_it(made: Made, made_db: Database, isolated: bool) -> None:
    asked = made_db.sql(f"SELECT * FROM history('{made.dataset_id} 77')", isolated=isolated)
    joined = made_db.sql(
        'SELECT p.model_id, m.type, m.created_at, p.dataset_id, p."row", p.label, p.prediction, p.correct, p.output '
        "FROM predictions p JOIN models m USING (model_id) WHERE p.dataset_id = ? AND p.\"row\" = 77 "
        "ORDER BY m.created_at, p.model_id",
        [made.dataset_id], isolated=isolated,
    )  # fmt: skip
    assert asked.columns == joined.columns
    assert asked.rows() == joined.rows()
    assert len(asked) == len(MODELS)


@pytest.mark.parametrize("isolated", [False, True])
def test_answers_of_table_functions_are_not_held_forever(made_db: Database, isolated: bool) -> None:
    for row in range(60):
        said = made_db.sql(f"SELECT DISTINCT \"row\" FROM history('test {row}')", isolated=isolated)
        assert said.scalar() == row
    held = made_db.sql(
        "SELECT count(*) FROM duckdb_views() WHERE view_name LIKE 'history:%'", isolated=isolated
    ).scalar()
    assert 0 < held < 30
    assert made_db.sql("SELECT count(*) FROM history('test 3')", isolated=isolated).scalar() == len(MODELS)


def test_confusion(made: Made, made_db: Database) -> None:
    wanted = pd.crosstab(made.truth, made.said[2])
    for label, said, n in made_db.examples.confusion(MODELS[2]):
        assert wanted.loc[label, said] == n


def test_every_answer_says_its_sql_and_that_sql_gives_it(made_db: Database) -> None:
    ask = made_db.examples
    example = made_db.sql(f"SELECT example FROM predictions WHERE \"row\" = 7 AND model_id = '{MODELS[0]}'").scalar()
    for result in (ask.disagree(*MODELS[:2]), ask.disagree(MODELS[0], MODELS[0]), ask.always_wrong(),
                   ask.always_wrong(MODELS[2:4]), ask.history(3, dataset="test"), ask.history(example),
                   ask.slice(by="region"), ask.confusion(MODELS[0])):  # fmt: skip
        same_as_sql(made_db, result)


def same_as_sql(db: Database, result: Result) -> None:
    """The same rows in the same order, in columns of the same types."""
    assert result.sql is not None
    assert db.sql(result.sql).arrow().equals(result.arrow())


@pytest.mark.parametrize("absent", [MODELS[1:3], MODELS])
def test_answers_are_those_of_their_sql_where_something_is_missing(tmp_path: Path, absent: list[str]) -> None:
    made = Made(tmp_path / "store")
    rng = np.random.default_rng(1)
    with modeldb.open(made.layout.root) as db:
        for model_id in absent:
            said = made.said[MODELS.index(model_id)].astype(object)
            said[rng.random(N_ROWS) < 0.2] = None
            made.append(made.predicted(model_id, said))
        made.append(made.predicted("m-" + "f" * 16, rng.random(N_ROWS)))
        made.append(made.predicted("m-" + "e" * 16, made.truth))
        ask = db.examples
        for a, b in itertools.combinations([*MODELS[:4], "m-" + "e" * 16], 2):
            same_as_sql(db, ask.disagree(a, b))
        for models in (None, MODELS[:3], ["m-" + "e" * 16], ["m-" + "f" * 16]):
            same_as_sql(db, ask.always_wrong(models))
        for row in range(20):
            same_as_sql(db, ask.history(row, dataset="test"))


@pytest.mark.parametrize("isolated", [False, True])
def test_the_long_view_and_the_wide_function_agree(made: Made, made_db: Database, isolated: bool) -> None:
    long = made_db.sql(
        'SELECT "row" FROM predictions WHERE dataset_id = ? GROUP BY "row" HAVING NOT bool_or(correct)',
        [made.dataset_id], isolated=isolated,
    )  # fmt: skip
    wide = made_db.sql("SELECT \"row\" FROM correct('test') WHERE COLUMNS('^m-') = 0", isolated=isolated)
    assert sorted(wide.column("row")) == sorted(long.column("row"))
    assert len(wide) > 0


def test_only_what_a_query_asks_for_is_read(made_db: Database) -> None:
    tables = made_db.example_tables
    read: list[str] = []
    scored: list[str] = []
    lines, scores = tables.lines, tables.scores

    def spying(wanted: Any) -> Any:
        read.extend(answers.model_id for answers in wanted)
        return lines(wanted)

    def spying_on_scores(answers: Any, rows: Any = None) -> Any:
        scored.append(answers.model_id)
        return scores(answers, rows)

    tables.lines = spying
    tables.scores = spying_on_scores
    made_db.sql("SELECT count(prediction) FROM predictions WHERE model_id IN (?, ?)", MODELS[:2])
    assert set(read) == set(MODELS[:2])
    assert scored == []
    read.clear()
    made_db.sql("SELECT count(*) FROM predictions WHERE model_id = ?", [MODELS[0]])
    assert read == []
    made_db.sql("SELECT count(score) FROM predictions WHERE model_id = ?", [MODELS[2]])
    assert scored == [MODELS[2]]


@pytest.mark.parametrize("harm", ["gone", "cut", "flipped", "half a manifest"])
def test_the_label_matrix_can_be_lost(made: Made, harm: str) -> None:
    with modeldb.open(made.layout.root) as db:
        wanted = sorted(db.examples.always_wrong().column("row"))
    cache = made.layout.cache / "labels"
    for file in cache.rglob("*.codes"):
        if harm == "cut":
            file.write_bytes(file.read_bytes()[:100])
        if harm == "flipped":
            data = bytearray(file.read_bytes())
            data[7] ^= 1
            file.write_bytes(data)
    if harm == "gone":
        shutil.rmtree(cache)
    if harm == "half a manifest":
        for file in cache.rglob("manifest.json"):
            file.write_bytes(file.read_bytes()[:50])
    with modeldb.open(made.layout.root) as db:
        assert sorted(db.examples.always_wrong().column("row")) == wanted


def test_models_that_come_later_are_seen(tmp_path: Path) -> None:
    made = Made(tmp_path / "store")
    with modeldb.open(made.layout.root) as db:
        before = len(db.examples.always_wrong())
        assert before
        for number in range(8):
            said = np.array([f"new class {number}", *made.truth[1:]], object)
            made.append(made.predicted(f"m-{100 + number:016x}", said))
            assert len(db.examples.disagree(MODELS[0], f"m-{100 + number:016x}")) > 0
        assert db.examples.always_wrong().column("row") in ([0], [])
    with modeldb.open(made.layout.root) as db:
        assert db.examples.history(0, dataset="test").column("prediction")[-1] == "new class 7"


def test_what_cannot_be_answered_is_said(made_db: Database) -> None:
    with pytest.raises(InvalidInput, match="list of models"):
        made_db.examples.always_wrong(MODELS[0])
    with pytest.raises(NotFound):
        made_db.examples.disagree(MODELS[0], "m-ffff")
    with pytest.raises(NotFound, match="12345"):
        made_db.examples.history(12345)
    with pytest.raises(NotFound, match="no row 5000"):
        made_db.sql("SELECT * FROM history('test 5000')")
    with pytest.raises(InvalidInput, match="names no row"):
        made_db.sql("SELECT * FROM history('test')")
    with pytest.raises(InvalidInput, match="names no column"):
        made_db.sql("SELECT * FROM slices('test')")
    with pytest.raises(NotFound, match=r"'shoe size'.*region"):
        made_db.examples.slice(by="shoe size")


def test_mistakes_about_examples_are_explained(made: Made, made_db: Database) -> None:
    with pytest.raises(InvalidInput, match="'abc' is no example"):
        made_db.examples.history("abc")
    with pytest.raises(NotFound, match=f"no row {N_ROWS}; its rows are 0 to {N_ROWS - 1}"):
        made_db.examples.history(N_ROWS, dataset="test")
    with pytest.raises(NotFound, match="no row -1"):
        made_db.examples.history(-1, dataset="test")
    with pytest.raises(InvalidInput, match="list of models is empty"):
        made_db.evaluate("f1_score", models=[])
    with pytest.raises(InvalidInput, match="named by its key"):
        made_db.examples.example()
