"""Learning curves that nobody logged: stages of one object, and losses a model holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from modeldb.core.actions import Action, Input, MetricSeen, ModelIndexed, Output, Record
from modeldb.server.http.opening import serving
from modeldb.testing.catalog import a_model, a_run, an_action

from .conftest import client_of, make_database
from .test_http import get

SCORES = [0.5, 0.7, 0.6, 0.8]


def fit(number: int, earlier: str | None) -> Action:
    model_id = f"m-{number}"
    return an_action(
        f"a-fit-{number}", seq=2 * number, operation="SGDClassifier.partial_fit", models=[a_model(model_id)],
        inputs=[Input("self", earlier, "model")] if earlier else [], outputs=[Output("self", model_id, "model")],
    )  # fmt: skip


def judged(number: int, model_id: str, value: float) -> Action:
    seen = MetricSeen("accuracy_score", value, model_id, "d-test")
    return an_action(f"a-eval-{number}", seq=2 * number + 1, kind="evaluate", metrics=[seen])


def records() -> Iterator[Record]:
    yield a_run()
    for number, score in enumerate(SCORES):
        yield fit(number, f"m-{number - 1}" if number else None)
        yield judged(number, f"m-{number}", score)
    yield fit(9, None)
    yield judged(9, "m-9", 0.9)
    yield ModelIndexed("m-9", summary={"loss_curve": [3.0, 2.0, 1.5]})


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with (
        make_database(tmp_path_factory.mktemp("stages"), [list(records())]) as db,
        serving(db) as state,
        client_of(state) as client,
    ):
        yield client


def shape(answer: Any) -> list[tuple[str, str, list[float]]]:
    return [(one["model_id"], one["name"], one["value"]) for one in answer["series"]]


def test_a_run_has_one_curve_of_all_stages(stages: TestClient) -> None:
    expected = [("m-3", "accuracy_score", SCORES), ("m-9", "loss_curve", [3.0, 2.0, 1.5])]
    for scope in ({"run": "r-1"}, {"project": "churn"}):
        found = get(stages, "/series", **scope)
        assert shape(found) == expected
        assert found["names"] == ["accuracy_score", "loss_curve"]
        assert [one["first_model_id"] for one in found["series"]] == ["m-0", None]
        assert found["series"][0]["step"] == [0, 1, 2, 3]
    assert get(stages, "/runs/r-1")["curves"] == found["names"]


@pytest.mark.parametrize("stage", [1, 2, 3])
def test_a_stage_has_the_curve_up_to_itself(stages: TestClient, stage: int) -> None:
    found = get(stages, "/series", model=f"m-{stage}")
    assert shape(found) == [(f"m-{stage}", "accuracy_score", SCORES[: stage + 1])]
    assert get(stages, f"/models/m-{stage}")["curves"] == ["accuracy_score"]


def test_models_that_never_went_on_have_none(stages: TestClient) -> None:
    assert get(stages, "/series", model="m-0")["series"] == []
    assert get(stages, "/models/m-0")["curves"] == []
    found = get(stages, "/models/m-9")
    assert found["curves"] == ["loss_curve"] and "loss_curve" not in found["summary"]


def test_compared_stages_each_have_their_own(stages: TestClient) -> None:
    found = get(stages, "/series", model=["m-1", "m-3"])
    assert shape(found) == [("m-1", "accuracy_score", SCORES[:2]), ("m-3", "accuracy_score", SCORES)]
    assert get(stages, "/compare", ids=["m-1", "m-3"])["curves"] == ["accuracy_score"]


def test_steps_of_their_own_are_not_joined(tmp_path: Path) -> None:
    def with_steps() -> Iterator[Record]:
        yield a_run()
        for number in range(2):
            yield fit(number, f"m-{number - 1}" if number else None)
            seen = [MetricSeen("loss", 1.0 / (step + 1), f"m-{number}", step=step) for step in range(3)]
            yield an_action(f"a-eval-{number}", seq=2 * number + 1, kind="evaluate", metrics=seen)

    with make_database(tmp_path, [list(with_steps())]) as db, serving(db) as state, client_of(state) as client:
        each = [(f"m-{number}", "loss", [1.0, 0.5, 1 / 3]) for number in range(2)]
        assert shape(get(client, "/series", run="r-1")) == each
        assert shape(get(client, "/series", model="m-1")) == each[1:]
