"""Changes people make in the pages, as records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from modeldb.core.actions import Annotated
from modeldb.core.ids import new_action_id, now
from modeldb.errors import InvalidInput, NotFound
from modeldb.server.http.schemas import AnnotationChange
from modeldb.server.pages.find import rows_in
from modeldb.server.source import Source
from modeldb.server.tables.fields import HIDDEN

TABLES = {
    "m-": ("models", "model_id"), "r-": ("runs", "run_id"), "d-": ("datasets", "dataset_id"),
    "p-": ("projects", "project_id"), "e-": ("experiments", "experiment_id"), "f-": ("files", "file_id"),
}  # fmt: skip


def annotated(source: Source, changes: Sequence[AnnotationChange], author: str) -> list[Annotated]:
    """The records of these changes. Raises NotFound for a target that does not exist, InvalidInput for a tag
    without a key."""
    _check_targets(source, {target for change in changes for target in change.targets})
    at = now()
    return [_record(change, target, author, at) for change in changes for target in dict.fromkeys(change.targets)]


def _record(change: AnnotationChange, target: str, author: str, at: float) -> Annotated:
    match change.kind:
        case "hide":
            return Annotated(target, "tag", HIDDEN, None if change.value is None else "true", author, at)
        case "note":
            # A key that sorts by time, so that notes read as a conversation.
            return Annotated(target, "note", change.key or new_action_id(), change.value, author, at)
    if not change.key.strip():
        raise InvalidInput("A tag without a key. Give it one, for instance stage.")
    return Annotated(target, "tag", change.key, change.value, author, at)


def _check_targets(source: Source, targets: Iterable[str]) -> None:
    by_kind: dict[str, list[str]] = {}
    for target in targets:
        by_kind.setdefault(target[:2], []).append(target)
    for prefix, ids in by_kind.items():
        if prefix not in TABLES:
            raise NotFound(f"{ids[0][:100]!r} is not the id of anything that can be annotated.")
        table, key = TABLES[prefix]
        known = {row[key] for row in rows_in(source, key, table, key, ids)}
        missing = [id for id in ids if id not in known]
        if missing:
            raise NotFound(f"Nothing has the id {missing[0][:100]!r}, so it cannot be annotated.")
