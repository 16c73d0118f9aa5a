"""Parts of a dataset by the values, or a few ranges, of one of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from modeldb.errors import InvalidInput
from modeldb.server.http.respond import plain
from modeldb.server.http.schemas import SliceBar
from modeldb.server.pages.sides import Sides
from modeldb.server.tables.column import as_text, sort_key

MAX_SLICES = 12
FEW = 8
FIRST_ROWS = 100
"""Rows looked at to find a column that has a few values."""


def slices(column: str, kept: Any, sides: Sides) -> list[SliceBar]:
    """How good each model is on each part. Raises InvalidInput when there is no such column to slice by."""
    if kept is None:
        raise InvalidInput("The values of this dataset are not kept, so there is nothing to slice by.")
    if column not in kept[0]:
        raise InvalidInput(f"The dataset has no column {column[:100]!r}. It has {', '.join(kept[0][:30])}.")
    place = kept[0].index(column)
    values = [kept[1][row][place] for row in sides.rows]
    names, codes = _ranges(values) if _is_continuous(values) else _values(values)
    return [sides.bar(name, codes == code) for code, name in enumerate(names)]


def telling_column(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A column worth slicing by when nobody has said which, by the first rows: one with a few values, best of texts.

    The empty text when no column has two values.
    """
    columns = {name: [row[at] for row in rows[:FIRST_ROWS]] for at, name in enumerate(names)}
    n_values = {name: len({as_text(plain(v)) for v in values if v is not None}) for name, values in columns.items()}
    several = [name for name in columns if n_values[name] > 1]
    few = [name for name in several if n_values[name] <= FEW]
    texts = [name for name in few if any(isinstance(v, str) for v in columns[name])]
    return next(iter([*texts, *few, *several]), "")


def _is_continuous(values: list[Any]) -> bool:
    numbers = {v for v in values if isinstance(v, int | float) and not isinstance(v, bool)}
    return len(numbers) > MAX_SLICES and not any(isinstance(v, str) for v in values)


def _ranges(values: list[Any]) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Up to eight ranges with about equally many values in each."""
    numbers = np.array([np.nan if v is None else float(v) for v in values])
    edges = np.unique(np.nanquantile(numbers, np.linspace(0, 1, 9)))
    codes = np.clip(np.searchsorted(edges, numbers, side="right") - 1, 0, max(len(edges) - 2, 0))
    names = [f"{low:.4g} … {high:.4g}" for low, high in pairwise(edges)]
    if np.isnan(numbers).any():
        codes = np.where(np.isnan(numbers), len(names), codes)
        names.append("missing")
    return names, codes


def _values(values: list[Any]) -> tuple[list[str], npt.NDArray[np.int64]]:
    counts: dict[str, int] = {}
    texts = ["missing" if v is None else as_text(plain(v)) for v in values]
    for text in texts:
        counts[text] = counts.get(text, 0) + 1
    frequent = sorted(counts, key=lambda text: -counts[text])[:MAX_SLICES]
    names = sorted(frequent, key=_text_order) + (["other"] if len(counts) > len(frequent) else [])
    place = {name: i for i, name in enumerate(names)}
    return names, np.array([place.get(text, len(names) - 1) for text in texts])


def _text_order(text: str) -> Any:
    try:
        return sort_key(float(text))
    except ValueError:
        return sort_key(text)
