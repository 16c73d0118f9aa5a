"""Counting over rows of the label matrix: how many models are right about each, how many are true in each group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from modeldb.examples.matrix import Line

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FEW = 16
"""So many groups are counted one after the other; more of them in one pass over rows brought into their order."""


class Groups:
    """Rows grouped by a code of each."""

    def __init__(self, codes: NDArray[Any]) -> None:
        self.codes, inverse = np.unique(codes, return_inverse=True)
        self._order: NDArray[Any] | None = None
        if len(self.codes) <= _FEW:
            self._masks = [inverse == place for place in range(len(self.codes))]
        else:
            self._order = np.argsort(inverse, kind="stable")
            self._starts = np.searchsorted(inverse[self._order], np.arange(len(self.codes)))

    def count(self, true: NDArray[np.bool_]) -> NDArray[np.int64]:
        """How many are true in each group."""
        if self._order is None:
            return np.array([np.count_nonzero(true & mask) for mask in self._masks], np.int64)
        return np.add.reduceat(true[self._order], self._starts, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Counts:
    """For each row of a dataset, how many models know its label, and how many of them are right."""

    n_models: NDArray[np.int32]
    n_right: NDArray[np.int32]

    def without(self, lines: Sequence[Line | None]) -> Counts:
        """The counts over all of their models but these."""
        n_models, n_right = _tallied(lines, len(self.n_right))
        return Counts(self.n_models - n_models, self.n_right - n_right)


def count(lines: Sequence[Line | None], n_rows: int) -> Counts:
    """Counts over these models; those that predicted numbers, or whose labels nobody told, count nowhere."""
    n_models, n_right = _tallied(lines, n_rows)
    return Counts(n_models.astype(np.int32), n_right.astype(np.int32))


def _tallied(lines: Sequence[Line | None], n_rows: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """The counts in types as narrow as hold them."""
    n_models, n_right, complete = _Tally(n_rows), _Tally(n_rows), 0
    for line in lines:
        if line is not None and line.label is not None:
            n_right.add(line.right())
            if line.is_complete:
                complete += 1
            else:
                n_models.add(line.known())
    return n_models.total() + np.int32(complete), n_right.total()


class _Tally:
    """How often something is true of each row, counted in single bytes for as long as they hold it."""

    def __init__(self, n_rows: int) -> None:
        self._bytes: NDArray[Any] = np.broadcast_to(np.uint8(0), n_rows)  # takes no memory until there is a count
        self._in_bytes = 0
        self._wide: NDArray[np.int32] | None = None

    def add(self, true: NDArray[np.bool_]) -> None:
        if self._in_bytes == 255:
            self._wide = self._bytes.astype(np.int32) if self._wide is None else self._wide + self._bytes
            self._in_bytes = 0
        if self._in_bytes:
            self._bytes += true.view(np.uint8)
        else:
            self._bytes = true.astype(np.uint8)
        self._in_bytes += 1

    def total(self) -> NDArray[Any]:
        """The counts so far."""
        return self._bytes if self._wide is None else self._wide + self._bytes
