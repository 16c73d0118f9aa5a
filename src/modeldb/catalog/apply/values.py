"""Values of hyperparameters and arguments as typed columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from modeldb.core import codec
from modeldb.core.actions import Value


def value_rows(owner_id: str, values: Iterable[Value], entry: int) -> Iterator[tuple[Any, ...]]:
    """Rows (owner, name, value, value_double, type, is_default, entry)."""
    for value in values:
        yield (owner_id, *typed(value), entry)


def typed(value: Value) -> tuple[Any, ...]:
    """One value as (name, value, value_double, type, is_default)."""
    return value.name, displayed(value.value), as_double(value.value), value.type, value.is_default


def displayed(value: Any) -> str:
    """The text of a value: what Python prints for a scalar, the type of an object, JSON for the rest."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, dict) and isinstance(value.get("type"), str) and len(value) == 1:
        return str(value["type"])
    return codec.to_json(value)


def as_double(value: Any) -> float | None:
    """A number or truth value as a float; None for anything else."""
    return float(value) if isinstance(value, bool | int | float) else None


def json_or_null(value: Any) -> str | None:
    """JSON of anything that is there."""
    return codec.to_json(value) if value is not None and value != {} else None
