"""What is different between two things, and how it is said."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from modeldb.catalog import open_catalog
from modeldb.core.actions import CodeSeen, FeatureSeen, MetricSeen, ModelIndexed, RunDescribed, Value
from modeldb.errors import NotFound
from modeldb.history.compare import Diff, Difference, compare, match_steps
from modeldb.history.describe import describe
from modeldb.history.log import _followed
from modeldb.history.names import in_bytes
from modeldb.history.versions import Traits, change, versions_table
from modeldb.query.directions import higher_is_better
from modeldb.testing.catalog import a_model, a_run, an_action
from modeldb.testing.stores import apply_all


def step(identifier: str, operation: str, recipe: str | None = None, roles: tuple[str, ...] = ("X",)) -> dict[str, Any]:
    return {
        "action_id": identifier,
        "operation": operation,
        "recipe_key": recipe,
        "inputs": [{"role": role} for role in roles],
    }


def matched(a: list[dict[str, Any]], b: list[dict[str, Any]]) -> list[tuple[str | None, str | None]]:
    return [(x and x["action_id"], y and y["action_id"]) for x, y in match_steps(a, b)]


def test_steps_of_one_recipe_correspond_wherever_they_are() -> None:
    a = [step("a1", "fit", "r1"), step("a2", "fit", "r2")]
    b = [step("b2", "fit", "r2"), step("b1", "fit", "r1")]
    assert matched(a, b) == [("a1", "b1"), ("a2", "b2")]


def test_then_steps_of_one_operation_and_roles_in_order() -> None:
    a = [step("a1", "read", "r1"), step("a2", "fit", "r2", ("X", "y")), step("a3", "fit", "r3")]
    b = [step("b1", "read", "r9"), step("b2", "fit", "r8"), step("b3", "fit", "r7", ("X", "y"))]
    assert matched(a, b) == [("a1", "b1"), ("a2", "b3"), ("a3", "b2")]


def test_what_has_no_counterpart_stays_alone() -> None:
    a = [step("a1", "scale"), step("a2", "fit")]
    b = [step("b1", "fit"), step("b2", "predict")]
    assert matched(a, b) == [("a1", None), ("a2", "b1"), (None, "b2")]


def test_every_step_is_matched_once() -> None:
    a = [step(f"a{i}", "fit", "same") for i in range(4)]
    b = [step(f"b{i}", "fit", "same") for i in range(6)]
    pairs = matched(a, b)
    assert sorted(y for _, y in pairs if y) == sorted(s["action_id"] for s in b)
    assert [x for x, _ in pairs if x] == [s["action_id"] for s in a]


def traits(
    type_: str = "Ridge", columns: tuple[str, ...] = ("age",), operations: tuple[str, ...] = (), **chosen: str
) -> Traits:
    return Traits(type_, chosen, {"alpha": "1.0", "tol": "0.1"}, columns, operations)


def test_changes_are_said_in_a_few_words() -> None:
    assert change(traits(), traits(alpha="0.5")) == "alpha: 1.0 → 0.5"
    assert change(traits("Ridge"), traits("Lasso", alpha="2")) == "Ridge → Lasso"
    assert change(traits(columns=("age", "id")), traits(columns=("age", "plan"))) == "− column id, + column plan"
    assert change(traits(), traits(operations=("StandardScaler.fit",))) == "+ StandardScaler.fit"
    assert change(traits(), traits()) == "other data or code"
    many = {f"p{i}": "1" for i in range(9)}
    assert change(traits(), traits(**many)).endswith("and 5 more")
    assert change(traits(est="sklearn.svm.SVC"), traits(est="sklearn.svm.NuSVC")) == "est: SVC → NuSVC"


@pytest.mark.parametrize(
    ("metric", "higher"),
    [
        ("mean_squared_error", False), ("log_loss", False), ("logLoss", False), ("accuracy_score", True),
        ("terror", None), ("neg_log_loss", True), ("test_neg_mean_squared_error", True),
        ("d2_absolute_error_score", True), ("mean_test_d2_log_loss_score", True),
    ],
)  # fmt: skip
def test_a_metrics_name_says_whether_more_is_better(metric: str, higher: bool | None) -> None:
    assert higher_is_better(metric) is higher


def test_the_best_of_a_negated_error_is_the_largest(tmp_path: Any) -> None:
    with open_catalog(tmp_path / "catalog.sqlite") as catalog:
        measured = [MetricSeen("neg_mean_squared_error", value, "m-1") for value in (-9.0, -1.0, -4.0)]
        apply_all(catalog, [a_run(), an_action(models=[a_model()], metrics=measured, recipe_key="ab" * 16)])
        assert versions_table(catalog)["best_value"].to_pylist() == [-1.0]


def test_the_metrics_of_a_run_outlast_those_of_a_searchs_candidates(tmp_path: Any) -> None:
    candidates = [a_model(f"m-{n}", role="candidate") for n in range(1100)]
    scores = [MetricSeen("mean_test_score", n / 1100, f"m-{n}") for n in range(1100)]
    judged = an_action("a-2", kind="evaluate", metrics=[MetricSeen("accuracy_score", 0.9, "m-own")])
    with open_catalog(tmp_path / "catalog.sqlite") as catalog:
        apply_all(catalog, [a_run(), an_action(models=[*candidates, a_model("m-own")], metrics=scores), judged])
        metrics = describe(catalog, "run", "r-1")["metrics"]
        assert [(metric["name"], metric["value"]) for metric in metrics] == [("accuracy_score", 0.9)]


def test_changed_code_is_shown_line_by_line_or_by_digest(tmp_path: Any) -> None:
    texts = {"one": b"a = 1\nb = 2\n", "two": b"a = 1\nb = 3\n"}

    def read(digest: str) -> bytes:
        if digest not in texts:
            raise NotFound(digest)
        return texts[digest]

    with open_catalog(tmp_path / "catalog.sqlite") as catalog:
        for run, digest, environment in (("r-1", "one", "3.11"), ("r-2", "two", "3.12"), ("r-3", "lost", "3.12")):
            code = [CodeSeen("train.py", "script", digest, 3)]
            described = RunDescribed(
                run, environment_id=environment, environment={"python": environment, "packages": {"x": run}}, code=code
            )
            apply_all(catalog, [a_run(run), described])
        diff = compare(catalog, "run", "r-1", "r-2", read)
        assert "-b = 2\n+b = 3" in diff.code["train.py"]
        assert Difference("environment", "x", "r-1", "r-2") in diff.differences
        assert "−b" not in str(diff) and "+b = 3" in diff.to_text(80)
        assert compare(catalog, "run", "r-1", "r-3", read).code == {"train.py": "(not kept: one → lost)"}
        assert compare(catalog, "run", "r-1", "r-3").code == {"train.py": "(not kept: one → lost)"}


def test_a_diff_without_differences_says_so() -> None:
    assert Diff("run", "r-1", "r-1", []).to_text(80).endswith("No difference.")


def _compared(tmp_path: Any, full: bool) -> dict[tuple[str, str], tuple[Any, Any]]:
    """A forest against a boosting in one pipeline, and a scaler that is in both with another default."""
    forest = [
        Value("scale", "sklearn.preprocessing.StandardScaler", "estimator"),
        Value("scale__with_mean", True, "bool", True),
        Value("clf", "sklearn.ensemble.RandomForestClassifier", "estimator"),
        Value("clf__n_estimators", 40, "int"),
        Value("clf__max_depth", None, "none", True),
        Value("clf__bootstrap", True, "bool", True),
        Value("clf__max_features", "sqrt", "str", True),
    ]
    boosting = [
        Value("scale", "sklearn.preprocessing.StandardScaler", "estimator"),
        Value("scale__with_mean", False, "bool", True),
        Value("clf", "sklearn.ensemble.GradientBoostingClassifier", "estimator"),
        Value("clf__n_estimators", 100, "int", True),
        Value("clf__max_depth", 3, "int", True),
        Value("clf__learning_rate", 0.1, "float", True),
        Value("clf__max_features", None, "none", True),
        Value("clf__subsample", 0.5, "float"),
    ]
    with open_catalog(tmp_path / f"{full}.sqlite") as catalog:
        apply_all(catalog, [a_run()])
        for number, (model, chosen) in enumerate((("m-1", forest), ("m-2", boosting))):
            made = msgspec.structs.replace(a_model(model), hyperparameters=chosen)
            features = [FeatureSeen(i, f"x{i}", i * (1.0 + number)) for i in range(30)]
            apply_all(catalog, [an_action(f"a-{number}", models=[made]), ModelIndexed(model, features)])
        return {(d.what, d.name): (d.a, d.b) for d in compare(catalog, "model", "m-1", "m-2", full=full)}


def test_a_diff_says_what_was_chosen(tmp_path: Any) -> None:
    found = _compared(tmp_path, full=False)
    chosen = {name: values for (what, name), values in found.items() if what == "hyperparameter"}
    assert chosen == {
        "scale__with_mean": ("True", "False"),  # a default of the library that has changed
        "clf": ("sklearn.ensemble.RandomForestClassifier", "sklearn.ensemble.GradientBoostingClassifier"),
        "clf__n_estimators": ("40", "100"),
        "clf__subsample": (None, "0.5"),
    }
    weights = [name for what, name in found if what == "importance"]
    assert weights == [f"x{i}" for i in range(29, 19, -1)], "the largest changes first"


def test_a_full_diff_has_the_defaults_too(tmp_path: Any) -> None:
    found = _compared(tmp_path, full=True)
    assert found["hyperparameter", "clf__learning_rate"] == (None, "0.1")
    assert found["hyperparameter", "clf__bootstrap"] == ("True", None)
    assert sum(what == "importance" for what, _ in found) == 29


def test_a_branch_of_the_log_goes_on_where_a_sibling_follows() -> None:
    assert _followed([0, 1, 2, 2, 1, 0, 1]) == [True, True, True, False, False, False, False]
    assert _followed([]) == [] and _followed([0, 1, 2, 3]) == [False] * 4


def test_sizes_are_said_in_decimal_units() -> None:
    assert [in_bytes(size) for size in (None, 0, 999, 1000, 7_840, 2.5e6, 3e9, 4e12)] == [
        "", "0 B", "999 B", "1.0 kB", "7.8 kB", "2.5 MB", "3.0 GB", "4000.0 GB",
    ]  # fmt: skip
