"""How far models agree: what two of them said about the examples both were asked about.

An example is known by its identity, so models need not have predicted on one dataset. Of many examples a fixed
sample is compared: those of smallest identity, which are the same ones in whatever datasets they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from modeldb.errors import NotFound
from modeldb.examples.reading import Answers
from modeldb.examples.scoring import Numbers, Values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from modeldb.examples.tables import Tables

SAMPLE = 4_096
"""Examples compared at most: the share of equal answers is then known to within 0.016 (two standard errors)."""
FEWEST = 10
"""Common examples below which two models are not compared, unless the model has been asked about fewer."""


def agreeing(tables: Tables, model_id: str) -> list[tuple[str, float, str]]:
    """(model, similarity, what was compared) of every model that has common examples with this one.

    The similarity of classes is the share of examples they agree on; that of numbers is Lin's concordance
    correlation, 1 for equal predictions, no less than 0. Raises NotFound for a model without kept predictions.
    """
    by_model: dict[str, list[Answers]] = {}
    for answers in tables.answers():
        by_model.setdefault(answers.model_id, []).append(answers)
    own = by_model.pop(model_id, [])
    if not own:
        raise NotFound(f"No predictions of {model_id} are kept. db.evaluate makes them.")
    sample = _Sample(tables, own)
    sample.read(by_model)
    mine = sample.said_by(own)
    found = []
    for other, answers in by_model.items():
        theirs = sample.said_by(answers)
        if mine is not None and theirs is not None and mine.dtype == theirs.dtype:
            near = _alike(mine, theirs, min(FEWEST, sample.size))
            if near is not None:
                found.append((other, *near))
    return found


class _Sample:
    """The examples one model was asked about, or some of them, and where they are in other datasets."""

    def __init__(self, tables: Tables, own: Sequence[Answers]) -> None:
        self._tables = tables
        self._places: dict[str, tuple[NDArray[np.intp], NDArray[np.intp]]] = {}
        self._names: dict[str, int] = {}
        identities = [self._identities(answers) for answers in own]
        self._examples = np.unique(np.concatenate(identities))[:SAMPLE]

    @property
    def size(self) -> int:
        return len(self._examples)

    def read(self, by_model: dict[str, list[Answers]]) -> None:
        """Read what models said about any of these examples."""
        self._tables.prepare([one for there in by_model.values() for one in there if len(self._place(one)[0])])

    def said_by(self, answers: Sequence[Answers]) -> NDArray[Any] | None:
        """What a model said about each example of the sample, as codes (-1 for nothing) or numbers (NaN)."""
        said: NDArray[Any] | None = None
        for one in answers:
            here, rows = self._place(one)
            if not len(here) or (rows.max() >= one.n_rows):
                continue
            values = self._coded(self._tables.outcome(one).prediction, rows)
            if said is None or said.dtype != values.dtype:
                said = np.full(self.size, np.nan if values.dtype.kind == "f" else -1, values.dtype)
            said[here] = values
        return said

    def _coded(self, said: Values, rows: NDArray[np.intp]) -> NDArray[Any]:
        if isinstance(said, Numbers):
            return said.values[rows]
        codes = [self._names.setdefault(name, len(self._names)) for name in said.names]
        found: NDArray[Any] = np.array([*codes, -1], "i4")[said.codes[rows]]
        return found

    def _place(self, answers: Answers) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Which examples of the sample are in this dataset, and in which rows."""
        if answers.dataset_id not in self._places:
            identities = self._identities(answers)
            order = np.argsort(identities, kind="stable")
            at = np.searchsorted(identities, self._examples, sorter=order)
            at[at == len(order)] = 0
            rows = order[at] if len(order) else at
            here = np.flatnonzero(identities[rows] == self._examples) if len(order) else rows[:0]
            self._places[answers.dataset_id] = here, rows[here]
        return self._places[answers.dataset_id]

    def _identities(self, answers: Answers) -> NDArray[np.uint64]:
        """The examples of a dataset; where they are not known, numbers that are of this dataset alone."""
        from xxhash import xxh3_64_intdigest

        known = self._tables.rows(answers)
        if known is not None:
            return known
        rows = np.arange(answers.n_rows, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        return rows ^ np.uint64(xxh3_64_intdigest(answers.dataset_id))


def _alike(mine: NDArray[Any], theirs: NDArray[Any], fewest: int) -> tuple[float, str] | None:
    numeric = mine.dtype.kind == "f"
    both = ~(np.isnan(mine) | np.isnan(theirs)) if numeric else (mine >= 0) & (theirs >= 0)
    n_both = int(np.count_nonzero(both))
    if n_both < max(fewest, 1):
        return None
    if numeric:
        return max(_concordance(mine[both], theirs[both]), 0.0), f"{n_both:,} examples"
    n_equal = int(np.count_nonzero(mine[both] == theirs[both]))
    return n_equal / n_both, f"{n_equal:,} of {n_both:,} examples alike"


def _concordance(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Lin (1989): twice the covariance over both variances and the squared difference of the means."""
    spread = float(a.var() + b.var() + (a.mean() - b.mean()) ** 2)
    if not spread:
        return 1.0
    return 2.0 * float(((a - a.mean()) * (b - b.mean())).mean()) / spread
