"""Why a list is empty: a filter may name what nothing here is called."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from modeldb.query.replica import CatalogReader

_SHOWN = 5

_NAMES = {
    "project": ("project", "SELECT name FROM projects"),
    "experiment": ("experiment", "SELECT name FROM experiments"),
    "script": ("script", "SELECT DISTINCT script FROM runs"),
    "user": ("user", 'SELECT DISTINCT "user" FROM runs'),
    "host": ("host", "SELECT DISTINCT host FROM runs"),
    "type": ("model", "SELECT DISTINCT type FROM models UNION SELECT qualified_type FROM models"),
    "library": ("library", "SELECT DISTINCT library FROM models UNION SELECT library FROM actions"),
    "by": ("metric", "SELECT DISTINCT name FROM metrics"),
    "source": ("source", "SELECT DISTINCT source FROM datasets"),
    "column": ("column", "SELECT DISTINCT name FROM dataset_columns"),
    "operation": ("operation", "SELECT DISTINCT operation FROM actions"),
    "file": ("file", "SELECT DISTINCT file FROM actions"),
    "tag": ("tag", "SELECT DISTINCT key FROM annotations WHERE kind = 'tag' AND value IS NOT NULL"),
}
"""What a filter names, and the statement that gives what there is of it."""
_BY_THE_END = {"script": "/", "source": "/", "file": "/", "operation": "."}
"""Filters that are content with the end of a name, and what must stand before it."""


def misnamed(catalog: CatalogReader, filters: Mapping[str, Any]) -> str:
    """The first filter whose value is no name here, with what may have been meant; empty when there is none."""
    for filtered, value in filters.items():
        if value is None or filtered not in _NAMES:
            continue
        value, (what, statement) = str(value), _NAMES[filtered]
        names = sorted({str(row[0]) for row in catalog.query(statement) if row[0] is not None})
        before = _BY_THE_END.get(filtered)
        if value in names or (before and any(name.endswith(before + value) for name in names)):
            continue
        near = difflib.get_close_matches(value, names, n=3, cutoff=0.65)
        if near:
            hint = f"did you mean {' or '.join(near)}?"
        elif names:
            more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
            hint = f"there {'is' if len(names) == 1 else 'are'} {', '.join(names[:_SHOWN])}{more}"
        else:
            hint = "there is none yet"
        return f"no {what} is called {value!r}; {hint}"
    return ""
