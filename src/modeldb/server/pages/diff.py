"""What changed between two runs or two models, sorted into the sections a page shows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from modeldb.errors import InvalidInput
from modeldb.server.http.respond import plain
from modeldb.server.http.schemas import Change, CodeChange, Diff
from modeldb.server.pages.find import full_id
from modeldb.server.source import Source

KINDS = {"m-": "model", "r-": "run"}
SECTIONS = {
    "hyperparameter": "parameters", "metric": "metrics", "data": "data", "column": "data", "feature": "features",
    "environment": "environment", "action": "actions", "run": "facts",
}  # fmt: skip


def diff(source: Source, compare: Callable[[str, str], Any], a: str, b: str) -> Diff:
    """The difference of two runs or two models. Raises NotFound, Ambiguous, or InvalidInput for a mixture."""
    kind = KINDS.get(a[:2])
    if kind is None or KINDS.get(b[:2]) != kind:
        raise InvalidInput(f"{a[:40]!r} and {b[:40]!r} cannot be compared. Give two runs (r-…) or two models (m-…).")
    ids = [full_id(source, kind, a), full_id(source, kind, b)]
    found = compare(*ids)
    sections: dict[str, list[Change]] = {name: [] for name in dict.fromkeys(SECTIONS.values())}
    for difference in found.differences:
        if difference.what == "code":
            continue
        section = SECTIONS.get(difference.what, "facts")
        sections[section].append(_change(difference.name, difference.a, difference.b))
    code = [CodeChange(path=path, kind="changed", patch=patch) for path, patch in found.code.items()]
    return Diff(kind=kind, a=ids[0], b=ids[1], code=code, **sections)


def _change(name: str, a: Any, b: Any) -> Change:
    kind = "added" if a is None else "removed" if b is None else "changed"
    return Change(name=name, a=plain(a), b=plain(b), kind=kind)
