"""The log: runs with their models, newest first, and what each changed."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from modeldb.history.names import in_seconds
from modeldb.history.steps import select_in
from modeldb.history.versions import Occurrence, Version, change, read_traits, read_versions
from modeldb.query.layout import cell, display_width, number
from modeldb.query.lists import metrics_of, runs
from modeldb.query.replica import CatalogReader

MOST_METRICS = 3


@dataclass(frozen=True)
class LoggedModel:
    """A model of a run."""

    model_id: str
    version_id: str | None
    parent_version: str | None
    type: str
    name: str | None
    metrics: dict[str, float]
    change: str
    """What the version did differently from its parent; `again` when the recipe had been used before; else empty."""


@dataclass(frozen=True)
class LoggedRun:
    """A run in the log."""

    run_id: str
    name: str | None
    status: str
    started_at: datetime
    duration_s: float | None
    project: str | None
    script: str | None
    tags: dict[str, str]
    models: list[LoggedModel]


@dataclass(frozen=True)
class Log:
    """Runs, newest first. Iterating gives them."""

    entries: list[LoggedRun]
    versions: list[tuple[int, Version, str, dict[str, float]]]
    """For the graph: depth, version, its change, the metrics of its newest model; parents before children."""
    graph: bool = False
    truncated: bool = False

    def __iter__(self) -> Any:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)

    def to_dict(self) -> list[dict[str, Any]]:
        """Plain values."""
        import dataclasses

        return [dataclasses.asdict(entry) for entry in self.entries]

    def to_text(self, width: int | None = None) -> str:
        width = width or shutil.get_terminal_size((100, 24)).columns
        if self.graph:
            lines = list(_graph(self.versions, width)) or ["No models yet."]
        else:
            lines = [line for entry in self.entries for line in _entry(entry, width)] or ["No runs yet."]
        if self.truncated:
            lines.append("… older runs are not shown; --limit shows more")
        return "\n".join(line.rstrip() for line in lines)

    def __str__(self) -> str:
        return self.to_text()


def read_log(
    catalog: CatalogReader, *, limit: int | None = 20, graph: bool = False, project: str | None = None, **filters: Any
) -> Log:
    """The newest runs with their models, and how each model's recipe differs from the one before it."""
    listed = runs(catalog, limit=limit, project=project, **filters)
    found = listed.dicts()
    versions = read_versions(catalog, project)
    wanted = {run["run_id"] for run in found}
    models: dict[str, list[Occurrence]] = {}
    involved: list[Version] = list(versions.values()) if graph else []
    for version in versions.values():
        for model in version.occurrences:
            if model.run_id in wanted:
                models.setdefault(model.run_id, []).append(model)
                involved.append(version)
    first = {v.version_id: v.first for version in involved for v in (version, version.parent) if v}
    traits = read_traits(catalog, first.values())
    last = [version.last.model_id for version in versions.values()] if graph else []
    metrics = metrics_of(catalog, [*(m.model_id for group in models.values() for m in group), *last])
    changes = {
        v.version_id: change(traits[v.parent.first.model_id], traits[v.first.model_id]) if v.parent else ""
        for v in involved
    }
    tags: dict[str, dict[str, str]] = {}
    for row in select_in(
        catalog,
        "SELECT target_id, key, value FROM annotations WHERE kind = 'tag' AND value IS NOT NULL AND target_id IN :ids",
        wanted,
    ):
        tags.setdefault(row[0], {})[row[1]] = row[2]

    def logged(model: Occurrence) -> LoggedModel:
        version = versions[model.version_id]
        again = version.first.model_id != model.model_id
        return LoggedModel(
            model.model_id, model.version_id, version.parent.version_id if version.parent else None, model.type,
            model.name, metrics.get(model.model_id, {}), "again" if again else changes[model.version_id],
        )  # fmt: skip

    entries = [
        LoggedRun(
            run["run_id"], run["name"], run["status"], run["started_at"], run["duration_s"], run["project"],
            run["script"], tags.get(run["run_id"], {}), [logged(model) for model in models.get(run["run_id"], [])],
        )
        for run in found
    ]  # fmt: skip
    tree = (
        [(d, v, changes[v.version_id], metrics.get(v.last.model_id, {})) for d, v in _tree(versions)] if graph else []
    )
    return Log(entries, tree, graph, listed.truncated)


def _tree(versions: dict[str, Version]) -> Iterable[tuple[int, Version]]:
    """Depth first, parents before children, in the order they were first met."""
    children: dict[str | None, list[Version]] = {}
    for version in versions.values():
        children.setdefault(version.parent.version_id if version.parent else None, []).append(version)
    waiting = [(0, version) for version in reversed(children.get(None, []))]
    while waiting:
        depth, version = waiting.pop()
        yield depth, version
        waiting += [(depth + 1, child) for child in reversed(children.get(version.version_id, []))]


def _entry(run: LoggedRun, width: int) -> Iterable[str]:
    title = run.name or (run.script or "").rpartition("/")[2]
    marks = "".join(f" #{key}{'=' + value if value else ''}" for key, value in run.tags.items())
    status = "" if run.status == "finished" else f"  {run.status}"
    yield f"{run.run_id}  {cell(run.started_at)}  {title}  {in_seconds(run.duration_s)}{status}{marks}"
    for model in run.models:
        label = f"{model.type} {model.name}" if model.name else model.type
        yield _two_sided(f"  {model.model_id}  {label}", _metrics(model.metrics), width)
        if model.change:
            yield f"      {model.change}"


def _graph(versions: list[tuple[int, Version, str, dict[str, float]]], width: int) -> Iterable[str]:
    """The tree of versions: a branch per change, the newest model of each with its metrics."""
    followed = _followed([depth for depth, *_ in versions])
    for (depth, version, changed, metrics), more in zip(versions, followed, strict=True):
        branch = "│ " * (depth - 1) + ("├─" if more else "└─") if depth else ""
        times = f" ×{len(version.occurrences)}" if len(version.occurrences) > 1 else ""
        what = changed or f"{version.first.type} {version.first.name or ''}".strip()
        script = f" ({(version.first.script or '').rpartition('/')[2]})" if not depth and version.first.script else ""
        yield _two_sided(f"{branch}● {version.last.model_id}{times}  {what}{script}", _metrics(metrics), width)


def _followed(depths: list[int]) -> list[bool]:
    """For each node of a tree in depth-first order, whether a sibling comes after it."""
    found = []
    later: list[int] = []  # the depths at which something comes below, the deepest last
    for depth in reversed(depths):
        while later and later[-1] > depth:
            later.pop()
        found.append(bool(later) and later[-1] == depth)
        if not found[-1]:
            later.append(depth)
    return found[::-1]


def _metrics(metrics: dict[str, float]) -> str:
    items = list(metrics.items())[-MOST_METRICS:]
    return "  ".join(f"{name} {number(value)}" for name, value in items)


def _two_sided(left: str, right: str, width: int) -> str:
    """Both on one line when they fit, the right one flush right; else one below the other."""
    gap = width - display_width(left) - display_width(right)
    if not right:
        return left
    return f"{left}{' ' * gap}{right}" if gap >= 2 else f"{left}\n      {right}"
