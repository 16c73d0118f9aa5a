"""A filter expression as a tree of plain values."""

from __future__ import annotations

from dataclasses import dataclass

Scalar = float | int | str | bool


@dataclass(frozen=True)
class Compare:
    """`column op value`; `op` is one of `=` `!=` `<` `<=` `>` `>=`."""

    column: str
    op: str
    value: Scalar
    position: int = 0


@dataclass(frozen=True)
class OneOf:
    """`column in (values)`."""

    column: str
    values: tuple[Scalar, ...]
    position: int = 0


@dataclass(frozen=True)
class Missing:
    """`column is null`."""

    column: str
    position: int = 0


@dataclass(frozen=True)
class Text:
    """`column contains 'text'`; `how` is `contains`, `starts`, `ends` or `like`. Case does not matter."""

    column: str
    how: str
    text: str
    position: int = 0


@dataclass(frozen=True)
class Search:
    """A quoted word alone: in whatever names a row or says what it is."""

    text: str
    position: int = 0


@dataclass(frozen=True)
class Not:
    item: Expression


@dataclass(frozen=True)
class All:
    items: tuple[Expression, ...]


@dataclass(frozen=True)
class Any:
    items: tuple[Expression, ...]


Expression = Compare | OneOf | Missing | Text | Search | Not | All | Any
