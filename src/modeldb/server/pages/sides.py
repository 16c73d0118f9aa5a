"""Several models' predictions side by side: who is right where, and by how much each is off."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from modeldb.errors import InvalidInput
from modeldb.server.http.schemas import SliceBar
from modeldb.server.pages.find import rows_in
from modeldb.server.pages.predictions import Predicted, same_label
from modeldb.server.source import Source
from modeldb.server.tables.column import as_text

SHOW = ("all", "disagree", "all_wrong", "any_wrong", "all_right", "a_right_b_wrong", "a_wrong_b_right")
ORDERS = ("row", "worst")

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Sides:
    """What some models said about the rows that all of them have predictions for.

    Masks and errors have a line per model and a column per row. In a regression nobody is right or wrong; there are
    errors instead, predicted minus actual.
    """

    each: Sequence[Predicted]
    rows: Places
    right: Mask
    wrong: Mask
    errors: Floats | None

    @property
    def measure(self) -> str:
        return "accuracy" if self.errors is None else "mean absolute error"

    def passing(self, show: str) -> Mask:
        """The rows to show. Raises InvalidInput for what takes two models when there is one."""
        if show.startswith("a_") and len(self.each) < 2:
            raise InvalidInput(f"{show!r} needs two models; {len(self.each)} is given. Choose another one.")
        right, wrong = self.right, self.wrong
        match show:
            case "disagree":
                return self._differ()
            case "all_wrong":
                return _mask(wrong.all(axis=0))
            case "any_wrong":
                return _mask(wrong.any(axis=0))
            case "all_right":
                return _mask(right.all(axis=0))
            case "a_right_b_wrong":
                return _mask(right[0] & wrong[1])
            case "a_wrong_b_right":
                return _mask(wrong[0] & right[1])
        return np.ones(len(self.rows), dtype=np.bool_)

    def counts(self) -> dict[str, int]:
        """How many rows each choice would show."""
        usable = [show for show in SHOW if len(self.each) > 1 or not (show.startswith("a_") or show == "disagree")]
        if self.errors is not None:
            usable = ["all"]
        return {show: int(self.passing(show).sum()) for show in usable}

    def said(self, label: str, prediction: str) -> Mask:
        """The rows with this label, and this prediction of the first model; an empty text is any."""
        first, mask = self.each[0], np.ones(len(self.rows), dtype=np.bool_)
        for wanted, values in ((label, first.labels), (prediction, first.predictions)):
            if wanted:
                mask &= np.array([as_text(values[i]) == wanted for i in first.at(self.rows)], dtype=np.bool_)
        return mask

    def worst_first(self) -> Places:
        """The places of the rows, those that cost most first: by loss, where there is none by how many are wrong."""
        losses = np.array([[_known(side.losses[i]) for i in side.at(self.rows)] for side in self.each])
        return np.lexsort([self.rows, -self.wrong.sum(axis=0), -losses.sum(axis=0)])

    def wins(self) -> list[int]:
        """For each model, the rows on which it alone is right; in a regression, on which it is nearest."""
        if self.errors is None:
            others = self.right.sum(axis=0) - self.right
            return [int(n) for n in (self.right & (others == 0)).sum(axis=1)]
        known = ~np.isnan(self.errors).any(axis=0)
        nearest = np.abs(self.errors[:, known]).argmin(axis=0)
        return [int(n) for n in np.bincount(nearest, minlength=len(self.each))]

    def bar(self, value: str, inside: Mask) -> SliceBar:
        """How good each model is on some of the rows."""
        if self.errors is not None:
            errors = [np.abs(line[inside & ~np.isnan(line)]) for line in self.errors]
            measured = [float(line.mean()) if len(line) else None for line in errors]
        else:
            known = (self.right | self.wrong) & inside
            hits, totals = (self.right & inside).sum(axis=1), known.sum(axis=1)
            measured = [float(h / t) if t else None for h, t in zip(hits, totals, strict=True)]
        return SliceBar(value=value, count=int(inside.sum()), accuracy=measured)

    def _differ(self) -> Mask:
        first = [self.each[0].predictions[i] for i in self.each[0].at(self.rows)]
        differ = np.zeros(len(self.rows), dtype=np.bool_)
        for side in self.each[1:]:
            said = [side.predictions[i] for i in side.at(self.rows)]
            differ |= np.array([not same_label(a, b) for a, b in zip(first, said, strict=True)], dtype=np.bool_)
        return differ


def sides_of(source: Source, predicted: dict[str, Predicted]) -> Sides:
    """These models' predictions, side by side."""
    each = list(predicted.values())
    rows = each[0].rows
    for side in each[1:]:
        rows = np.intersect1d(rows, side.rows)
    if is_regression(source, predicted):
        nobody = np.zeros((len(each), len(rows)), dtype=np.bool_)
        return Sides(each, rows, nobody, nobody, np.array([side.errors[side.at(rows)] for side in each]))
    correct = [[side.correct[i] for i in side.at(rows)] for side in each]
    return Sides(each, rows, np.array([[c is True for c in line] for line in correct], dtype=np.bool_),
                 np.array([[c is False for c in line] for line in correct], dtype=np.bool_), None)  # fmt: skip


def is_regression(source: Source, model_ids: Iterable[str]) -> bool:
    """Whether these models predict numbers, which are never simply right."""
    rows = rows_in(source, "problem_type", "models", "model_id", model_ids)
    return {row["problem_type"] for row in rows} == {"regression"}


def _known(loss: float | None) -> float:
    return 0.0 if loss is None else loss


def _mask(values: Any) -> Mask:
    return np.asarray(values, dtype=np.bool_)
