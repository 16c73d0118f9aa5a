"""What is computed from stored predictions, against scikit-learn and against plain loops."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pytest
from sklearn import metrics
from sklearn.calibration import calibration_curve

from modeldb.core.actions import Action, DatasetSeen, ModelMade, PredictionsStored, Record, RunStarted
from modeldb.core.ids import new_action_id
from modeldb.database import Database
from modeldb.errors import InvalidInput
from modeldb.query.result import Result
from modeldb.server.pages.compare import best_of
from modeldb.server.pages.evaluation import evaluate, model_evaluation
from modeldb.server.pages.examples import dataset_rows, example_history, example_table, flips
from modeldb.server.pages.predictions import Predicted
from modeldb.server.pages.slices import telling_column
from modeldb.testing.synthetic import fill

RNG = np.random.default_rng(0)


def given(labels: Any, said: Any, scores: Any = None) -> Predicted:
    n = len(labels)
    listed = [None] * n if scores is None else [list(map(float, np.atleast_1d(row))) for row in scores]
    return Predicted(np.arange(n), [str(i) for i in range(n)], list(labels), list(said), listed, [None] * n)


@pytest.mark.parametrize("columns", [1, 2])
def test_two_classes_are_measured_as_scikit_learn_does(columns: int) -> None:
    truth = RNG.integers(0, 2, 500)
    score = np.clip(RNG.normal(0.35 + 0.3 * truth, 0.2), 0, 1).round(2)  # rounded, so that there are ties
    said = (score > 0.5).astype(int)
    scores = score[:, None] if columns == 1 else np.column_stack([1 - score, score])
    found = evaluate(given(truth.astype(str), said.astype(str), scores), "classification")
    assert found["confusion"].counts == metrics.confusion_matrix(truth, said).tolist()
    assert found["confusion"].labels == ["0", "1"]
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(truth, said))
    [roc], [curve] = found["roc"], found["precision_recall"]
    assert roc.area == pytest.approx(metrics.roc_auc_score(truth, score))
    assert curve.area == pytest.approx(metrics.average_precision_score(truth, score))
    fpr, tpr, _ = metrics.roc_curve(truth, score, drop_intermediate=False)
    assert np.interp(fpr, roc.x, roc.y) == pytest.approx(np.interp(fpr, fpr, tpr), abs=0.02)
    observed, predicted = calibration_curve(truth, score, n_bins=10)
    points = found["calibration"]
    assert sum(point.count for point in points) == 500
    # The edges of the bins differ by which side they belong to.
    assert [p.observed for p in points] == pytest.approx(observed.tolist(), abs=0.2)
    assert [p.predicted for p in points] == pytest.approx(predicted.tolist(), abs=0.05)


def test_many_classes_are_measured_as_scikit_learn_does() -> None:
    names = np.array(["ant", "bee", "cat"])
    truth = RNG.integers(0, 3, 400)
    scores = RNG.dirichlet([1, 1, 1], 400) + 0.5 * np.eye(3)[truth]
    said = names[scores.argmax(axis=1)]
    found = evaluate(given(names[truth], said, scores), None)
    assert found["confusion"].counts == metrics.confusion_matrix(names[truth], said).tolist()
    reports = metrics.classification_report(names[truth], said, output_dict=True)
    for report in found["classes"]:
        theirs = reports[report.label]
        mine = (report.precision, report.recall, report.f1, report.support)
        assert mine == pytest.approx((theirs["precision"], theirs["recall"], theirs["f1-score"], theirs["support"]))
    for index, roc in enumerate(found["roc"]):
        assert roc.area == pytest.approx(metrics.roc_auc_score(truth == index, scores[:, index]))
    assert found["calibration"] == []  # these scores are no probabilities


def test_classes_that_look_like_numbers_are_in_their_order() -> None:
    labels = [str(i % 12) for i in range(60)]
    assert evaluate(given(labels, labels), "classification")["confusion"].labels == [str(i) for i in range(12)]


def test_regression_is_measured_as_scikit_learn_does() -> None:
    actual = RNG.normal(size=300)
    said = actual + RNG.normal(0.1, 0.3, 300)
    found = evaluate(given(actual, said), "regression")["residuals"]
    assert found.r2 == pytest.approx(metrics.r2_score(actual, said))
    assert found.mae == pytest.approx(metrics.mean_absolute_error(actual, said))
    assert found.rmse == pytest.approx(metrics.root_mean_squared_error(actual, said))
    assert sum(found.histogram.counts) == 300 and found.bias == pytest.approx(np.mean(said - actual))
    as_text = evaluate(given([str(v) for v in actual], [str(v) for v in said]), None)
    assert as_text["problem_type"] == "regression" and as_text["residuals"].r2 == pytest.approx(found.r2)


def test_a_sample_of_residuals_holds_those_furthest_off() -> None:
    actual = RNG.normal(size=9000)
    said = actual.copy()
    far = RNG.choice(9000, 10, replace=False)
    said[far] += 100 + np.arange(10)
    found = evaluate(given(actual, said), "regression")["residuals"]
    assert set(far) <= set(found.row) and len(found.row) < 2100
    assert [said[row] for row in found.row] == found.predicted


@pytest.mark.parametrize(
    ("labels", "said", "scores"),
    [([None, None], ["a", "b"], None), (["a"], ["a"], [[0.5, 0.5]]), (["a", "b"], ["a", "c"], [[1.0], [2.0]]),
     (["a", "b"], ["a", "b"], [[0.5, float("nan")], [0.1, 0.9]]), (["a", "a"], ["b", "b"], None),
     ([1.5, 2.5], ["x", "y"], None), (["a", "b"], ["a", "b"], [[0.1, 0.9], [0.5]])],
)  # fmt: skip
def test_odd_predictions_are_no_error(labels: Any, said: Any, scores: Any) -> None:
    found = given(labels, said)
    evaluate(Predicted(found.rows, found.examples, labels, said, scores or [None] * len(labels), found.losses), None)


def test_the_best_is_by_direction_and_not_among_equals() -> None:
    assert best_of([0.1, 0.3, None], True) == 1 and best_of([0.1, 0.3, None], False) == 0
    assert best_of([0.3, 0.3], True) is None and best_of([0.3, None], True) is None
    assert best_of([0.1, 0.3, 0.3], None) == 1


DATASET, MODELS = "d-" + "5" * 32, [f"m-{i:016x}" for i in range(3)]
LABELS = ["a", "b", "a", "b", "a", "b", "a", None]
SAID = [list("abababab"), list("bbaaabaa"), list("baababbb")]
COLOURS = ["red", "red", "blue", "blue", "red", "blue", None, "red"]


class Predictions:
    """The views `predictions` and `examples`, in an engine of their own, filled with a small known table."""

    def __init__(
        self, labels: list[Any] = LABELS, said: list[list[Any]] = SAID, second: list[list[Any]] | None = None
    ) -> None:
        """`second` is what the models say in a second output, whose labels are the first model's."""
        self.connection = duckdb.connect()
        self.connection.execute(
            'CREATE TABLE predictions (model_id VARCHAR, dataset_id VARCHAR, action_id VARCHAR, "row" BIGINT, '
            "example VARCHAR, label VARCHAR, prediction VARCHAR, score DOUBLE[], correct BOOLEAN, loss DOUBLE, "
            "output BIGINT)"
        )
        self._insert(0, labels, said)
        if second is not None:
            self._insert(1, second[0], second)
        self.connection.execute('CREATE TABLE kept ("row" BIGINT, example VARCHAR, colour VARCHAR, size DOUBLE)')
        for row, colour in enumerate(COLOURS):
            self.connection.execute("INSERT INTO kept VALUES (?, ?, ?, ?)", [row, f"e{row}", colour, row * 1.5])
        self.connection.execute("CREATE MACRO examples(name) AS TABLE SELECT * FROM kept")

    def _insert(self, output: int, labels: list[Any], said: list[list[Any]]) -> None:
        for model, texts in zip(MODELS, said, strict=True):
            for row, (label, text) in enumerate(zip(labels, texts, strict=True)):
                right = None if label is None else label == text
                loss = None if label is None else float(label != text) * (1 + row)
                values = [model, DATASET, None, row, f"e{row}", label, text, [0.25, 0.75], right, loss, output]
                self.connection.execute(f"INSERT INTO predictions VALUES ({', '.join('?' * 11)})", values)

    def sql(self, statement: str, params: Any = ()) -> Result:
        return Result.from_arrow(self.connection.sql(statement, params=list(params)).to_arrow_table())


@pytest.fixture
def stored(own_db: Database) -> tuple[Database, Predictions]:
    _fit_and_predict(own_db, "classification")
    return own_db, Predictions()


def _fit_and_predict(own_db: Database, problem_type: str) -> None:
    run = RunStarted("r-00000000000000ee", 1.9e9, "p", "e", None, "ada", "h", 1, [], None, "/", "3.12")
    made: list[Record] = [run]
    seen = DatasetSeen(DATASET, "5" * 32, "X_test", None, "DataFrame", 8, [])
    for number, id in enumerate(MODELS):
        model = ModelMade(id, "SVC", "sklearn.svm.SVC", "sklearn", "1", problem_type=problem_type)
        at = 1.9e9 + number
        fit = Action(new_action_id(), run.run_id, number, None, 0, "fit", "SVC.fit", "sklearn", "ok", at, 1.0,
                     models=[model], datasets=[seen])  # fmt: skip
        made += [fit, PredictionsStored(f"s{number}", id, DATASET, None, "0" * 32, 8, "predict", 7, 5)]
    fill(own_db.catalog, [made], "predictor")


@pytest.mark.parametrize(
    ("show", "rows"),
    [
        ("all", range(8)),
        ("disagree", [i for i in range(8) if len({said[i] for said in SAID[:2]}) > 1]),
        ("all_wrong", [i for i in range(7) if all(said[i] != LABELS[i] for said in SAID[:2])]),
        ("any_wrong", [i for i in range(7) if any(said[i] != LABELS[i] for said in SAID[:2])]),
        ("all_right", [i for i in range(7) if all(said[i] == LABELS[i] for said in SAID[:2])]),
        ("a_right_b_wrong", [i for i in range(7) if SAID[0][i] == LABELS[i] != SAID[1][i]]),
        ("a_wrong_b_right", [i for i in range(7) if SAID[0][i] != LABELS[i] == SAID[1][i]]),
    ],
)
def test_examples_are_chosen_by_who_is_right(stored: Any, show: str, rows: list[int]) -> None:
    db, predictions = stored
    found = example_table(db.catalog, predictions.sql, DATASET, MODELS[:2], show, "", 0, 100)
    assert [row.row for row in found.rows] == list(rows) and found.total == len(rows)
    assert [row.values for row in found.rows] == [[COLOURS[i], i * 1.5] for i in rows]
    if show != "all":
        assert [row[0] for row in predictions.sql(found.sql)] == list(rows)


def test_examples_of_one_cell_of_the_confusion_matrix(stored: Any) -> None:
    db, predictions = stored
    found = example_table(db.catalog, predictions.sql, DATASET, MODELS[1:], "all", "", 0, 9, label="b", prediction="a")
    rows = [i for i in range(8) if LABELS[i] == "b" and SAID[1][i] == "a"]
    assert rows and [row.row for row in found.rows] == rows and found.total == len(rows)
    assert [row[0] for row in predictions.sql(found.sql)] == rows


def test_the_worst_examples_come_first_when_asked(stored: Any) -> None:
    db, predictions = stored
    found = example_table(db.catalog, predictions.sql, DATASET, MODELS, "any_wrong", "", 0, 9, order="worst")
    cost = {i: sum((1 + i) * (said[i] != LABELS[i]) for said in SAID) for i in range(7)}
    assert [row.row for row in found.rows] == sorted((i for i in cost if cost[i]), key=lambda i: -cost[i])
    assert [row[0] for row in predictions.sql(found.sql)] == [row.row for row in found.rows]


def test_every_choice_says_how_many_examples_it_has(stored: Any) -> None:
    db, predictions = stored
    found = example_table(db.catalog, predictions.sql, DATASET, MODELS[:2], "all", "", 0, 9)
    for show, n in found.counts.items():
        assert example_table(db.catalog, predictions.sql, DATASET, MODELS[:2], show, "", 0, 9).total == n
    alone = example_table(db.catalog, predictions.sql, DATASET, MODELS[:1], "all", "", 0, 9)
    assert set(alone.counts) == {"all", "all_wrong", "any_wrong", "all_right"}


def test_nobody_is_right_or_wrong_in_a_regression(own_db: Database) -> None:
    _fit_and_predict(own_db, "regression")
    actual = [float(i) for i in range(8)]
    said = [[i + 0.5 for i in actual], [i - 1.0 for i in actual], [7.0] * 8]
    predictions = Predictions([str(i) for i in actual], [[str(i) for i in line] for line in said])
    found = example_table(own_db.catalog, predictions.sql, DATASET, MODELS, "all", "colour", 0, 9)
    assert (found.problem_type, found.slice_metric, set(found.counts)) == ("regression", "mean absolute error", {"all"})
    assert [[one.error for one in row.predictions if one] for row in found.rows] == [
        [0.5, -1.0, 7.0 - i] for i in range(8)
    ]
    assert all(one.correct is None for row in found.rows for one in row.predictions if one)
    assert all(bar.accuracy[:2] == [0.5, 1.0] for bar in found.slices)
    between = flips(own_db.catalog, predictions.sql, MODELS, "", 100)
    assert between.wins == [7, 0, 1] and between.all_wrong == 0
    assert between.flips[0].row == 0 and between.flips[0].correct == [None] * 3


def test_slices_say_how_often_each_model_is_right(stored: Any) -> None:
    db, predictions = stored
    found = example_table(db.catalog, predictions.sql, DATASET, MODELS, "all", "colour", 0, 2)
    assert len(found.rows) == 2 and found.total == 8
    for bar in found.slices:
        inside = [i for i in range(8) if (COLOURS[i] or "missing") == bar.value]
        known = [i for i in inside if LABELS[i] is not None]
        assert bar.count == len(inside)
        assert bar.accuracy == [sum(said[i] == LABELS[i] for i in known) / len(known) for said in SAID]
    with pytest.raises(InvalidInput, match="no column 'shape'"):
        example_table(db.catalog, predictions.sql, DATASET, MODELS, "all", "shape", 0, 2)
    chosen = example_table(db.catalog, predictions.sql, DATASET, MODELS, "all", "", 0, 2, any_slice=True)
    assert (chosen.slice_column, chosen.slices) == ("colour", found.slices)


def test_a_column_to_slice_by_has_a_few_values_and_is_of_texts_when_one_is() -> None:
    rows = [[i, i % 3, "one", "ab"[i % 2], None] for i in range(40)]
    assert telling_column(["id", "third", "constant", "letter", "nothing"], rows) == "letter"
    assert telling_column(["id", "third", "constant"], [row[:3] for row in rows]) == "third"
    assert telling_column(["id"], [row[:1] for row in rows]) == "id"
    assert telling_column(["constant"], [row[2:3] for row in rows]) == telling_column(["a"], []) == ""


def test_one_example_over_the_models(stored: Any) -> None:
    db, predictions = stored
    found = example_history(db.catalog, predictions.sql, DATASET, 2)
    assert [moment.model.model_id for moment in found.moments] == MODELS
    assert [moment.prediction.prediction for moment in found.moments] == [said[2] for said in SAID]
    assert (found.label, found.example, found.values) == ("a", "e2", ["blue", 3.0])
    assert not example_history(db.catalog, predictions.sql, DATASET, 99).available
    predictions.connection.execute("UPDATE predictions SET label = NULL WHERE model_id = ?", [MODELS[2]])
    assert example_history(db.catalog, predictions.sql, DATASET, 2).label == "a", "known from those that know it"


def test_flipped_examples_are_those_on_which_models_differ(stored: Any) -> None:
    db, predictions = stored
    found = flips(db.catalog, predictions.sql, MODELS, "", 100)
    differ = [i for i in range(8) if len({said[i] for said in SAID}) > 1]
    assert [flip.row for flip in found.flips] == differ and found.total == len(differ)
    assert found.wins == [sum(said[i] == LABELS[i] and all(o[i] != LABELS[i] for o in SAID if o is not said)
                              for i in range(7)) for said in SAID]  # fmt: skip
    assert found.all_wrong == sum(all(said[i] != LABELS[i] for said in SAID) for i in range(7))


def test_an_evaluation_is_of_the_stored_predictions(stored: Any) -> None:
    db, predictions = stored
    found = model_evaluation(db.catalog, predictions.sql, MODELS[1], "")
    assert found.available and (found.n_rows, found.n_labelled, found.dataset_name) == (8, 7, "X_test")
    right = [SAID[1][i] == LABELS[i] for i in range(7)]
    assert found.accuracy == sum(right) / 7
    assert not model_evaluation(db.catalog, db.sql, MODELS[1], "").available  # this store kept none


def test_of_several_outputs_one_is_asked_about(stored: Any) -> None:
    db, _ = stored
    second = [list("xxyyxxyy"), list("xxyyxxyx"), list("yyxxyyxx")]
    sql = Predictions(second=second).sql
    for output, accuracy in ((0, 5 / 7), (1, 7 / 8)):
        found = model_evaluation(db.catalog, sql, MODELS[1], "", output)
        assert (found.output, found.n_outputs, found.accuracy) == (output, 2, accuracy)
        assert len(sql(found.sql).rows()) == 8, "the statement is about this output alone"
    assert model_evaluation(db.catalog, sql, MODELS[1], "", 2).reason == "The model has no output 2."
    table = example_table(db.catalog, sql, DATASET, MODELS[:2], "disagree", "", 0, 10, output=1)
    assert [row.row for row in table.rows] == [7] and (table.output, table.n_outputs) == (1, 2)
    assert [row[0] for row in sql(table.sql)] == [7]
    said = example_history(db.catalog, sql, DATASET, 3, 1)
    assert [moment.prediction.prediction for moment in said.moments] == ["y", "y", "x"] and said.label == "y"
    assert (said.output, said.n_outputs) == (1, 2) and len(sql(said.sql).rows()) == 3
    between = flips(db.catalog, sql, MODELS[:2], "", 100, output=1)
    assert [flip.row for flip in between.flips] == [7] and (between.output, between.n_outputs) == (1, 2)
    none = flips(db.catalog, sql, MODELS[:2], "", 100, output=2)
    assert not none.available and "output 2" in (none.reason or "") and none.n_outputs == 2


def test_kept_rows_come_in_pages(stored: Any) -> None:
    db, predictions = stored
    assert not dataset_rows(db.catalog, predictions.sql, DATASET, 0, 3).available
    from modeldb.core.actions import DatasetKept

    fill(db.catalog, [[DatasetKept(DATASET, ["1" * 32, "2" * 32])]], "keeper")
    found = dataset_rows(db.catalog, predictions.sql, DATASET, 3, 3)
    assert found.columns == ["colour", "size"] and found.row_numbers == [3, 4, 5] and found.total == 8
    assert found.rows == [[COLOURS[i], i * 1.5] for i in (3, 4, 5)]
