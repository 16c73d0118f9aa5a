"""Versions: the recipes that led to models, what each changed, and the log of it all.

A version's parent is what the same script had in the same place before: the last earlier model of that script with
the same name and type, or failing that the same type, or failing that the same place in the run.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from modeldb.history import steps as ways
from modeldb.history.steps import select_in
from modeldb.query.directions import higher_is_better
from modeldb.query.replica import CatalogReader

if TYPE_CHECKING:
    import pyarrow

MOST_CHANGES = 4
"""So many changes are named; of more, their number."""


@dataclass(frozen=True)
class Occurrence:
    """One model that a script fitted itself."""

    model_id: str
    version_id: str
    run_id: str
    action_id: str
    project: str | None
    script: str | None
    type: str
    name: str | None
    train_dataset_id: str | None
    created_at: float


@dataclass
class Version:
    """One recipe with all its occurrences, first to last."""

    version_id: str
    occurrences: list[Occurrence] = field(default_factory=list)
    parent: Version | None = None

    @property
    def first(self) -> Occurrence:
        return self.occurrences[0]

    @property
    def last(self) -> Occurrence:
        return self.occurrences[-1]


@dataclass(frozen=True)
class Traits:
    """What two versions are compared by."""

    type: str
    hyperparameters: dict[str, str]
    """Without those at their defaults."""
    defaults: dict[str, str]
    columns: tuple[str, ...]
    operations: tuple[str, ...]


def read_versions(catalog: CatalogReader, project: str | None = None) -> dict[str, Version]:
    """Every version by id, in the order they were first met."""
    rows = catalog.query(
        """
SELECT m.model_id, m.version_id, m.run_id, m.action_id, p.name, r.script, m.type, m.name, m.train_dataset_id,
       m.created_at
FROM models m LEFT JOIN runs r ON r.run_id = m.run_id LEFT JOIN projects p ON p.project_id = m.project_id
WHERE m.role = 'model' AND m.version_id IS NOT NULL AND (:project IS NULL OR p.name = :project)
ORDER BY m.created_at, m.model_id""",
        {"project": project},
    )
    versions: dict[str, Version] = {}
    before: dict[Any, Version] = {}
    places: dict[Any, int] = defaultdict(int)
    for row in rows:
        model = Occurrence(*row)
        version = versions.get(model.version_id)
        keys = _places(model, places)
        if version is None:
            version = versions[model.version_id] = Version(model.version_id)
            version.parent = next((before[key] for key in keys if key in before), None)
        version.occurrences.append(model)
        for key in keys:
            before[key] = version
    return versions


def _places(model: Occurrence, places: dict[Any, int]) -> list[Any]:
    """What identifies a model's place in its script, the most telling first."""
    script = (model.project, model.script)
    of_type, of_run = (model.run_id, model.type), (model.run_id,)
    places[of_type] += 1
    places[of_run] += 1
    keys: list[Any] = [(*script, "type", model.type, places[of_type]), (*script, "place", places[of_run])]
    return [(*script, "name", model.name, model.type), *keys] if model.name else keys


def read_traits(catalog: CatalogReader, models: Iterable[Occurrence]) -> dict[str, Traits]:
    """By model id, what its version is compared by."""
    models = list(models)
    ids = [model.model_id for model in models]
    chosen: dict[str, dict[str, str]] = defaultdict(dict)
    defaults: dict[str, dict[str, str]] = defaultdict(dict)
    for row in select_in(
        catalog, "SELECT model_id, name, value, is_default FROM hyperparameters WHERE model_id IN :ids", ids
    ):
        (defaults if row[3] else chosen)[row[0]][row[1]] = row[2]
    columns: dict[str, list[str]] = defaultdict(list)
    for row in select_in(
        catalog,
        "SELECT dataset_id, name FROM dataset_columns WHERE dataset_id IN :ids AND position >= 0 "
        "ORDER BY dataset_id, position",
        [model.train_dataset_id for model in models if model.train_dataset_id],
    ):
        columns[row[0]].append(row[1])
    operations = _operations(catalog, [model.action_id for model in models])
    return {
        model.model_id: Traits(
            model.type,
            chosen[model.model_id],
            defaults[model.model_id],
            tuple(columns[model.train_dataset_id or ""]),
            operations[model.action_id],
        )
        for model in models
    }


def _operations(catalog: CatalogReader, action_ids: list[str]) -> dict[str, tuple[str, ...]]:
    """The operations that led to each of these actions, itself left out. All are followed at once."""
    parents: dict[str, tuple[str, ...]] = {}
    names: dict[str, str] = {}
    frontier: Sequence[str] = action_ids
    while frontier:
        loaded = ways.load(catalog, frontier)
        for key, step in loaded.items():
            names[key] = step.short_operation
            parents[key] = tuple(dict.fromkeys(e.producer_id for e in step.inputs if e.producer_id))
        frontier = list({parent for key in loaded for parent in parents[key] if parent not in parents})
    return {action: tuple(names[a] for a in _above(action, parents) if a in names) for action in action_ids}


def _above(action: str, parents: dict[str, tuple[str, ...]]) -> list[str]:
    seen: dict[str, None] = {}
    waiting = list(parents.get(action, ()))
    while waiting:
        current = waiting.pop()
        if current not in seen:
            seen[current] = None
            waiting += parents.get(current, ())
    return list(seen)


def change(a: Traits, b: Traits) -> str:
    """What `b` did differently from `a`, in a few words: `C: 1.0 → 0.5, − column age`."""
    found = []
    if a.type != b.type:
        found.append(f"{a.type} → {b.type}")
    found += _changed_values(a, b)
    ours, theirs = set(a.columns), set(b.columns)
    found += [f"− column {name}" for name in a.columns if name not in theirs]
    found += [f"+ column {name}" for name in b.columns if name not in ours]
    found += [f"− {name}" for name in _more(a.operations, b.operations)]
    found += [f"+ {name}" for name in _more(b.operations, a.operations)]
    if not found:
        return "other data or code"
    shown = ", ".join(found[:MOST_CHANGES])
    return f"{shown} and {len(found) - MOST_CHANGES} more" if len(found) > MOST_CHANGES else shown


def _changed_values(a: Traits, b: Traits) -> list[str]:
    """Hyperparameters that were chosen differently. Of another type only what was chosen counts."""
    ours, theirs = {**a.defaults, **a.hyperparameters}, {**b.defaults, **b.hyperparameters}
    if a.type != b.type:
        return []
    names = [name for name in dict.fromkeys([*ours, *theirs]) if ours.get(name) != theirs.get(name)]
    chosen = [n for n in names if n in a.hyperparameters or n in b.hyperparameters]
    return [f"{name}: {_brief(ours.get(name))} → {_brief(theirs.get(name))}" for name in chosen]


def _brief(value: str | None) -> str:
    text = "–" if value is None else value
    if "." in text and text.replace(".", "").replace("_", "").isalnum() and not text[0].isdigit():
        text = text.rpartition(".")[2]  # of a class only its name
    return text if len(text) <= 40 else text[:39] + "…"


def _more(a: Sequence[str], b: Sequence[str]) -> list[str]:
    """What occurs more often in the first than in the second."""
    rest = Counter(b)
    extra = []
    for name in a:
        if rest[name]:
            rest[name] -= 1
        else:
            extra.append(name)
    return extra


def versions_table(catalog: CatalogReader) -> pyarrow.Table:
    """The table behind the `versions` view."""
    import pyarrow as pa

    from modeldb.query.columns import column

    versions = read_versions(catalog)
    traits = read_traits(catalog, [version.first for version in versions.values()])
    best = _best(catalog)
    columns: dict[str, tuple[str, list[Any]]] = {name: (kind, []) for name, kind in _COLUMNS.items()}
    for version in versions.values():
        own = traits[version.first.model_id]
        metric = best.get(version.version_id, (None, None))
        values = {
            "version_id": version.version_id,
            "parent_id": version.parent.version_id if version.parent else None,
            "change": change(traits[version.parent.first.model_id], own) if version.parent else None,
            "n_actions": len(own.operations) + 1,
            "n_runs": len({model.run_id for model in version.occurrences}),
            "best_metric": metric[0],
            "best_value": metric[1],
            "n_models": len(version.occurrences),
            "type": version.first.type,
            "name": version.first.name,
            "project": version.first.project,
            "script": version.first.script,
            "first_model_id": version.first.model_id,
            "last_model_id": version.last.model_id,
            "first_at": version.first.created_at,
            "last_at": version.last.created_at,
        }
        for name, value in values.items():
            columns[name][1].append(value)
    return pa.table({name: column(values, kind) for name, (kind, values) in columns.items()})


_COLUMNS = {
    "version_id": "text", "parent_id": "text", "change": "text", "n_actions": "int", "n_runs": "int",
    "best_metric": "word", "best_value": "float", "n_models": "int", "type": "word", "name": "word",
    "project": "word", "script": "word", "first_model_id": "text", "last_model_id": "text", "first_at": "time",
    "last_at": "time",
}  # fmt: skip


def _best(catalog: CatalogReader) -> dict[str, tuple[str, float]]:
    """By version, the last metric its models were judged by and its best value: the smallest of an error or loss."""
    rows = catalog.query(
        """
SELECT m.version_id, x.name, max(x.value), min(x.value), max(x.entry)
FROM metrics x JOIN models m ON m.model_id = x.model_id
WHERE m.role = 'model' AND m.version_id IS NOT NULL AND x.value IS NOT NULL
GROUP BY m.version_id, x.name ORDER BY max(x.entry)"""
    )
    return {row[0]: (row[1], row[3] if higher_is_better(row[1]) is False else row[2]) for row in rows}
