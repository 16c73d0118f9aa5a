"""What a public view is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class View:
    """One public view."""

    name: str
    summary: str
    columns: dict[str, str]
    """Column name to what it means."""
    sql: str
    tables: tuple[str, ...]
    """The base tables it reads, without the underscore: catalog tables, or ones computed or provided on demand."""


def view(name: str, summary: str, tables: str, columns: dict[str, str], sql: str) -> View:
    """A view as it is written down in these modules: `tables` apart by spaces."""
    return View(name, summary, columns, sql.strip(), tuple(tables.split()))
