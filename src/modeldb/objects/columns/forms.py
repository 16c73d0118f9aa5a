"""The forms a column takes once a container has been read, whatever the container was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(slots=True)
class Fixed:
    """A column of fixed-width values: booleans, numbers, and times as integers since 1970."""

    dtype: str
    values: NDArray[Any]
    """One dimension, any stride and byte order; boolean, integer, float or complex."""
    nulls: NDArray[np.bool_] | None = None
    """True where the value is missing. Missing floats may be NaN instead."""


@dataclass(slots=True)
class Matrix:
    """Columns of one fixed-width type without a null mask, as the second axis of an array."""

    dtype: str
    values: NDArray[Any]


@dataclass(slots=True)
class SparseMatrix:
    """Columns of one fixed-width type, of which only values that are not zero are kept, in column order."""

    dtype: str
    n_rows: int
    starts: NDArray[np.int64]
    """Where each column's values start, and at the end where the last one stops."""
    rows: NDArray[np.int64]
    """Row of each value, ascending within a column."""
    values: NDArray[Any]


@dataclass(slots=True)
class Text:
    """A column of byte strings: UTF-8 text, bytes, or encoded Python objects."""

    dtype: str
    lengths: NDArray[np.int64]
    """Bytes of each value, -1 where it is missing."""
    data: Any
    """The bytes of all values that are not missing, one after the other."""
    weak: bool = False


@dataclass(slots=True)
class Category:
    """A column of codes into a column of categories; -1 where the value is missing."""

    codes: NDArray[Any]
    categories: Column
    ordered: bool


Column = Fixed | Text | Category
