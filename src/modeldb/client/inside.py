"""Fitted models that are inside others: a tree of a forest, the classifier behind a calibration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any, TypeVar

T = TypeVar("T")

MAX_SEARCHED = 64
"""Models an unknown one is looked for in, the latest first."""
MAX_DEPTH = 3
_PLAIN = (str, bytes, int, float, complex, type(None))


def holder(model: Any, known: Iterable[tuple[Any, T]]) -> tuple[T, str] | None:
    """What is known of the latest of these models that holds this one, and where: `estimators_[3]`."""
    # None is inside one of its own type: of a forest's hundred trees those met already need no look.
    others = [(other, what) for other, what in known if type(other) is not type(model)]
    for other, what in others[: -MAX_SEARCHED - 1 : -1]:
        path = _path(model, other, 0)
        if path:
            return what, path
    return None


def _path(wanted: Any, holding: Any, depth: int) -> str | None:
    """Where the object is within what another learned; of what it learned in turn everything is looked at."""
    deeper = []
    for name, value in list(getattr(holding, "__dict__", {}).items()):
        if depth == 0 and not name.endswith("_"):
            continue
        for place, member in _members(value):
            if member is wanted:
                return name + place
            if hasattr(member, "__dict__") and not isinstance(member, type):
                deeper.append((name + place, member))
    if depth < MAX_DEPTH:
        for path, member in deeper:
            inner = _path(wanted, member, depth + 1)
            if inner:
                return f"{path}.{inner}"
    return None


def _members(value: Any) -> Iterator[tuple[str, Any]]:
    """An attribute's value, or what is in it if it holds several objects."""
    if type(value).__name__ == "ndarray":
        if not value.dtype.hasobject:
            return
        places = map(list, product(*map(range, value.shape)))
        entries = list(zip(map(str, places), value.ravel().tolist(), strict=True))
    elif isinstance(value, dict):
        entries = [(f"[{key!r}]", member) for key, member in list(value.items())]
    elif isinstance(value, (list, tuple)):
        entries = [(f"[{i}]", member) for i, member in enumerate(value)]
    else:
        yield "", value
        return
    if entries and isinstance(entries[0][1], _PLAIN):
        return  # labels, losses, a vocabulary
    for place, member in entries:
        if isinstance(member, tuple):  # (name, estimator, columns)
            yield from ((place, inner) for inner in member)
        else:
            yield place, member
