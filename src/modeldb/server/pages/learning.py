"""Curves that nobody logged: what a model that learns in rounds went through.

A script that calls `partial_fit` in a loop, or `fit` with a warm start, makes one model after the other of one object;
what each of them was measured at is a curve. And some models keep the loss of every iteration themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from modeldb.core.codec import from_json
from modeldb.server.pages.find import rows_in
from modeldb.server.source import Source

LOSS_CURVE = "loss_curve"
"""What the curve that a fitted model holds is called, here as in the view `summaries`."""

_KEEPS_ITS_LOSS = f"AND summary LIKE '%\"{LOSS_CURVE}\"%'"
_WENT_ON = (
    "actions a JOIN action_inputs i ON i.action_id = a.action_id AND i.role = 'self' AND i.artifact_kind = 'model' "
    "JOIN action_outputs o ON o.action_id = a.action_id AND o.role = 'self' AND o.artifact_kind = 'model'"
)


class Stages:
    """The models that objects of some runs were, one after the other."""

    def __init__(self, source: Source, run_ids: Iterable[str]) -> None:
        columns = "o.artifact_id AS model_id, i.artifact_id AS earlier"
        rows = rows_in(source, columns, _WENT_ON, "a.run_id", run_ids, "AND a.kind = 'fit'")
        self._earlier: dict[str, str] = {row["model_id"]: row["earlier"] for row in rows}

    def last(self) -> list[str]:
        """Of every object, the last model it was."""
        passed = set(self._earlier.values())
        return [model_id for model_id in self._earlier if model_id not in passed]

    def up_to(self, model_id: str) -> list[str]:
        """What an object was until it was this model, and the model; the first one first."""
        found = [model_id]
        while (earlier := self._earlier.get(found[-1])) is not None:
            found.append(earlier)
        return found[::-1]


def runs_of(source: Source, model_ids: Sequence[str]) -> list[str]:
    return list({row["run_id"]: None for row in rows_in(source, "run_id", "models", "model_id", model_ids)})


def kept_losses(source: Source, key: str, ids: Sequence[str]) -> list[dict[str, Any]]:
    """The models among these, by `run_id` or `model_id`, that hold the loss of every iteration, with `losses`."""
    columns = "run_id, model_id, train_dataset_id, created_at, summary"
    rows = rows_in(source, columns, "models", key, ids, f"AND role = 'model' {_KEEPS_ITS_LOSS} ORDER BY created_at")
    return [{**row, "losses": from_json(row.pop("summary"))[LOSS_CURVE]} for row in rows]


def with_rounds(source: Source, run_ids: Sequence[str]) -> set[str]:
    """The runs among these in which a model learnt in rounds."""
    went_on = rows_in(source, "a.run_id", _WENT_ON, "a.run_id", run_ids, "AND a.kind = 'fit'")
    keeping = rows_in(source, "run_id", "models", "run_id", run_ids, _KEEPS_ITS_LOSS)
    return {row["run_id"] for row in (*went_on, *keeping)}
