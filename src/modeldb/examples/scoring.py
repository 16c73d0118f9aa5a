"""What predictions are worth, example by example: right or wrong, and how far off.

Labels and predictions meet as texts (a class is a name, whatever type carried it: 1, 1.0 and "1" are one class) or,
for regression, as doubles.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow
    from numpy.typing import NDArray

SMALLEST = float(np.finfo(np.float64).eps)
"""Probabilities below this count as this, as scikit-learn's log loss has it."""


@dataclass(frozen=True, slots=True)
class Classes:
    """A column of classes: codes into names, -1 where there is none."""

    codes: NDArray[np.signedinteger[Any]]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True, slots=True)
class Numbers:
    """A column of real numbers, NaN where there is none."""

    values: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.values)


Values = Classes | Numbers


def values_of(arrays: list[pyarrow.Array], *, numeric: bool) -> Values:
    """One column of values from the columns of a set; several outputs become one text in brackets."""
    if len(arrays) > 1:
        return _together(arrays)
    array = arrays[0]
    if numeric and not _is_text(array):
        return Numbers(_doubles(array))
    return classes_of(array)


def classes_of(array: pyarrow.Array) -> Classes:
    """An Arrow array as classes, in the order in which they appear."""
    import pyarrow as pa

    encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    names = [name_of(value) for value in encoded.dictionary.to_pylist()]
    return _merged(codes.astype("i4"), names)


def name_of(value: Any) -> str | None:
    """A class's name, the same whatever type carried it."""
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def onto(found: Classes, names: tuple[str, ...]) -> Classes:
    """The same classes as codes into `names`, which holds them all."""
    if found.names == names[: len(found.names)]:
        return replace(found, names=names)
    place = {name: code for code, name in enumerate(names)}
    table = np.array([*(place[name] for name in found.names), -1], "i4")
    return Classes(table[found.codes], names)


def correct(label: Values | None, prediction: Values) -> NDArray[np.int8] | None:
    """1 where the prediction is the label, 0 where it is not, -1 where either is unknown; None for regression."""
    if not isinstance(label, Classes) or not isinstance(prediction, Classes):
        return None
    names = tuple(dict.fromkeys([*label.names, *prediction.names]))
    true, said = onto(label, names).codes, onto(prediction, names).codes
    found: NDArray[np.int8] = (true == said).astype(np.int8)
    unknown = (true < 0) | (said < 0)
    if unknown.any():
        found[unknown] = -1
    return found


def loss(
    label: Values | None, prediction: Values, scores: NDArray[Any] | None, classes: tuple[str, ...]
) -> NDArray[np.float64] | None:
    """Squared error of numbers, log loss of probabilities; NaN where the label is unknown; None without either."""
    if isinstance(label, Numbers) and isinstance(prediction, Numbers):
        squares: NDArray[np.float64] = np.square(label.values - prediction.values)
        return squares
    if not isinstance(label, Classes) or scores is None or scores.shape[1] != len(classes):
        return None
    place = {name: code for code, name in enumerate(classes)}
    table = np.array([*(place.get(name, -1) for name in label.names), -1])
    wanted = table[label.codes]
    given = scores[np.arange(len(wanted)), wanted].astype(np.float64)
    found: NDArray[np.float64] = -np.log(np.clip(given, SMALLEST, 1.0))
    found[wanted < 0] = np.nan
    return found


def predicted_by(scores: NDArray[Any], classes: tuple[str, ...]) -> Classes | None:
    """The class the scores speak for; None when they are not about classes."""
    width = scores.shape[1]
    if width == 1 and len(classes) == 2:
        codes = (scores[:, 0] > 0).astype("i4")
    elif width == len(classes) > 1:
        codes = scores.argmax(axis=1).astype("i4")
    else:
        return None
    return Classes(codes, classes)


def _together(arrays: list[pyarrow.Array]) -> Classes:
    cells = zip(*(array.to_pylist() for array in arrays), strict=True)
    names: dict[str, int] = {}
    codes = np.empty(len(arrays[0]), "i4")
    for row, cell in enumerate(cells):
        text = "[" + ", ".join("null" if (name := name_of(value)) is None else name for value in cell) + "]"
        codes[row] = names.setdefault(text, len(names))
    return Classes(codes, tuple(names))


def _merged(codes: NDArray[Any], names: list[str | None]) -> Classes:
    """Codes whose names are different and not missing."""
    unique = dict.fromkeys(name for name in names if name is not None)
    if len(unique) == len(names):
        return Classes(codes, tuple(unique))
    place = {name: code for code, name in enumerate(unique)}
    table = np.array([*(-1 if name is None else place[name] for name in names), -1], "i4")
    return Classes(table[codes], tuple(unique))


def _is_text(array: pyarrow.Array) -> bool:
    import pyarrow as pa

    return not (pa.types.is_floating(array.type) or pa.types.is_integer(array.type) or pa.types.is_boolean(array.type))


def _doubles(array: pyarrow.Array) -> NDArray[np.float64]:
    import pyarrow as pa

    found: NDArray[np.float64] = array.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return found
