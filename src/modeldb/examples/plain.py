"""Labels and predictions compared with numpy alone, where they are recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from modeldb.examples.columns import texts
from modeldb.examples.scoring import name_of
from modeldb.objects.columns.forms import Category, Column, Fixed, Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from modeldb.examples.sets import Said


def names(column: Column) -> set[str]:
    """The different classes of a column, by name."""
    match column:
        case Fixed():
            found = {name_of(value) for value in np.unique(column.values).tolist()}
        case Category():
            listed = _names_in_order(column.categories)
            found = {listed[code] for code in np.unique(column.codes).tolist() if code >= 0}
        case Text():
            found = set(_names_in_order(column))
    return {name for name in found if name is not None}


def count_correct(said: Said, labels: list[Column]) -> tuple[int, int | None]:
    """How many examples have a label, and how many of these are predicted right; None where that means nothing."""
    from modeldb.examples.sets import SCORES

    known = ~np.logical_or.reduce([_missing(column) for column in labels])
    n_labelled = int(np.count_nonzero(known))
    if said.method in SCORES and said.outputs is not None:
        return n_labelled, None
    if said.method in SCORES:
        guesses = _spoken_for(said)
        if guesses is None:
            return n_labelled, None
        return n_labelled, int(np.count_nonzero(_comparable(labels[0])[known] == guesses[known]))
    if said.classes is None and said.outputs is None and _is_real(said.values[0]):
        return n_labelled, None
    same = known
    for label, value in zip(labels, said.values, strict=True):
        same = same & (_comparable(label) == _comparable(value))
    return n_labelled, int(np.count_nonzero(same))


def _is_real(column: Column) -> bool:
    return isinstance(column, Fixed) and column.values.dtype.kind == "f"


def _spoken_for(said: Said) -> NDArray[Any] | None:
    """The classes the scores speak for."""
    if said.classes is None:
        return None
    listed = np.array(_names_in_order(said.classes), object)
    scores = np.column_stack([c.values for c in said.values if isinstance(c, Fixed)])
    if scores.shape[1] == 1 and len(listed) == 2:
        found: NDArray[Any] = listed[(scores[:, 0] > 0).astype(int)]
        return found
    if scores.shape[1] != len(listed):
        return None
    found = listed[scores.argmax(axis=1)]
    return found


def _comparable(column: Column) -> NDArray[Any]:
    """The names of a column's classes, row by row."""
    if isinstance(column, Fixed):
        different, codes = np.unique(column.values, return_inverse=True)
        return np.array([name_of(value) for value in different.tolist()], object)[codes]
    return np.array(_names_in_order(column), object)


def _names_in_order(column: Column) -> list[str | None]:
    match column:
        case Fixed():
            return [name_of(value) for value in column.values.tolist()]
        case Category():
            listed = [*_names_in_order(column.categories), None]
            return [listed[code] for code in np.asarray(column.codes).tolist()]
    return [None if cell is None else cell.decode("utf-8", "backslashreplace") for cell in texts(column)]


def _missing(column: Column) -> NDArray[np.bool_]:
    match column:
        case Fixed():
            missing = np.zeros(len(column.values), np.bool_) if column.nulls is None else column.nulls
            return missing | np.isnan(column.values) if column.values.dtype.kind == "f" else missing
        case Category():
            return np.asarray(column.codes) < 0
    return column.lengths < 0
