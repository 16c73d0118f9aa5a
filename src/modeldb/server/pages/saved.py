"""Views, queries and charts saved under a name.

They are annotations of a kind of their own on a target that stands for the store, so they travel with it like tags do.
"""

from __future__ import annotations

from typing import Any

from modeldb.core.actions import Annotated
from modeldb.core.codec import from_json, to_json
from modeldb.core.ids import now
from modeldb.errors import NotFound
from modeldb.server.http.schemas import SavedItem
from modeldb.server.pages.find import dicts
from modeldb.server.source import Source

KINDS = ("view", "query", "chart")


def saved_items(source: Source, kind: str) -> list[SavedItem]:
    """Everything saved of one kind, by name."""
    rows = dicts(
        source,
        "key, value, author, at",
        "FROM annotations WHERE target_id = :target AND kind = 'saved' AND value IS NOT NULL ORDER BY key",
        {"target": _target(kind)},
    )
    return [
        SavedItem(kind=kind, name=row["key"], value=from_json(row["value"]), author=row["author"] or "", at=row["at"])
        for row in rows
    ]


def saved_item(source: Source, kind: str, name: str) -> SavedItem:
    """One saved thing. Raises NotFound."""
    items = saved_items(source, kind)
    for item in items:
        if item.name == name:
            return item
    known = ", ".join(item.name for item in items[:10]) or "none"
    raise NotFound(f"No {kind} is saved as {name[:100]!r}. Saved: {known}.")


def saving(kind: str, name: str, value: Any, author: str) -> Annotated:
    """The record that saves something."""
    return Annotated(_target(kind), "saved", name, to_json(value), author, now())


def forgetting(kind: str, name: str, author: str) -> Annotated:
    """The record that takes it away again."""
    return Annotated(_target(kind), "saved", name, None, author, now())


def _target(kind: str) -> str:
    return f"store/{kind}"
