"""Tags and notes on anything that has an id."""

from __future__ import annotations

from modeldb.catalog.batch import Batch, insert
from modeldb.core.actions import Annotated

_ANNOTATION = insert(
    "annotations",
    "target_id, kind, key, value, author, at, entry",
    """DO UPDATE SET value = excluded.value, author = excluded.author, at = excluded.at, entry = excluded.entry
    WHERE excluded.at >= annotations.at""",
    key="target_id, kind, key",
)


def annotated(batch: Batch, record: Annotated) -> None:
    """The latest value counts, in whatever order they come."""
    label = (record.target_id, record.kind, record.key, record.value)
    batch.add("annotations", _ANNOTATION, (*label, record.author, record.at, batch.entry))
