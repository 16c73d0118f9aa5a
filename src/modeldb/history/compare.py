"""What is different between two runs, two models or two datasets."""

from __future__ import annotations

import functools
import json
import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from modeldb.errors import InvalidInput
from modeldb.history.describe import Facts, describe
from modeldb.query.layout import cell, number, text_table
from modeldb.query.replica import CatalogReader

MOST_WEIGHTS = 10
"""So many changes of importances or coefficients are listed unless all are asked for."""

ReadBytes = Callable[[str], bytes]
"""Gives the bytes of a digest from the object store; raises NotFound."""


_CLASS = re.compile(r"([A-Za-z_]\w*\.)+[A-Z]\w*")
"""A class with its module; people call it by its name."""


@dataclass(frozen=True)
class Difference:
    """One thing that is not the same."""

    what: str
    """`hyperparameter`, `metric`, `action`, `column`, `data`, `code`, `environment` or `run`."""
    name: str
    a: Any
    b: Any


@dataclass(frozen=True)
class Diff:
    """Everything that is different between `a` and `b`. Iterating gives the differences."""

    kind: str
    a: str
    b: str
    differences: list[Difference]
    code: dict[str, str] = field(default_factory=dict)
    """A unified diff for every source file that changed."""

    def __iter__(self) -> Any:
        return iter(self.differences)

    def __len__(self) -> int:
        return len(self.differences)

    def to_dict(self) -> Facts:
        rows = [{"what": d.what, "name": d.name, "a": d.a, "b": d.b} for d in self.differences]
        return {"kind": self.kind, "a": self.a, "b": self.b, "differences": rows, "code": self.code}

    def to_text(self, width: int | None = None) -> str:
        """A table of the differences, then the changed lines of code."""
        lines = [f"{self.kind} {self.a} → {self.b}"]
        if not self.differences:
            return f"{lines[0]}\nNo difference."
        rows = [(d.what, d.name, _shown(d.a), _shown(d.b), _change(d)) for d in self.differences]
        shown = 5 if any(row[4] for row in rows) else 4
        columns = ("what", "name", "a", "b", "change")[:shown]
        lines.append(text_table(columns, [row[:shown] for row in rows], width=width))
        for path, text in self.code.items():
            lines += ["", path, text.rstrip()]
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.to_text()


def compare(
    catalog: CatalogReader, kind: str, a: str, b: str, read: ReadBytes | None = None, *, full: bool = False
) -> Diff:  # fmt: skip
    """The differences between two things of one kind.

    Left out unless `full`: hyperparameters that nobody chose and that differ only because another estimator has
    others, and all but the largest changes of importances and coefficients.

    Raises InvalidInput for kinds that cannot be compared.
    """
    makers = {
        "run": functools.partial(_runs, full=full),
        "model": functools.partial(_models, full=full),
        "dataset": _datasets,
    }
    if kind not in makers:
        raise InvalidInput(f"Two {kind}s cannot be compared; runs, models and datasets can.")
    first, second = describe(catalog, kind, a), describe(catalog, kind, b)
    differences = list(makers[kind](catalog, first, second))
    code: dict[str, str] = {}
    if kind != "dataset":
        code = _code(catalog, _run_id(first), _run_id(second), read)
        differences += [Difference("code", path, None, None) for path in code]
        differences += _environments(catalog, _run_id(first), _run_id(second))
    return Diff(kind, a, b, differences, code)


def _models(catalog: CatalogReader, a: Facts, b: Facts, *, full: bool) -> Iterable[Difference]:
    for name in ("qualified_type", "library_version", "name", "n_features"):
        yield from _unequal("model", name.replace("qualified_", ""), a[name], b[name])
    yield from _chosen("hyperparameter", a, b, full)
    yield from _trained_on(catalog, a["train_dataset_id"], b["train_dataset_id"])
    yield from _actions(a["lineage"], b["lineage"])
    yield from _mappings("metric", _measured(a["metrics"]), _measured(b["metrics"]))
    for what in ("importance", "coefficient"):
        yield from _weights(what, *(_features(catalog, m["model_id"], what) for m in (a, b)), full)


def _chosen(what: str, a: Facts, b: Facts, full: bool) -> Iterable[Difference]:
    """The hyperparameters of two models that differ."""
    ours, theirs = ({h["name"]: h for h in facts["hyperparameters"]} for facts in (a, b))
    for found in _mappings(what, _values(a["hyperparameters"]), _values(b["hyperparameters"])):
        held = [side[found.name] for side in (ours, theirs) if found.name in side]
        owner = found.name.rpartition("__")[0]
        classes = {_class_of(facts, side, owner) for facts, side in ((a, ours), (b, theirs))}
        if full or len(classes) == 1 or not all(h["is_default"] for h in held):
            yield found


def _class_of(facts: Facts, hyperparameters: Mapping[str, Facts], path: str) -> str | None:
    """The class of the estimator at a path inside a model; None where there is none."""
    if not path:
        return str(facts["qualified_type"])
    held = hyperparameters.get(path)
    return None if held is None else str(held["value"])


def _runs(catalog: CatalogReader, a: Facts, b: Facts, *, full: bool) -> Iterable[Difference]:
    for name in ("status", "script", "git_commit", "git_dirty", "python", "host"):
        yield from _unequal("run", name, a[name], b[name])
    yield from _unequal("run", "command", " ".join(a["command"] or []), " ".join(b["command"] or []))
    yield from _actions(a["lineage"], b["lineage"])
    for first, second in _same_models(a["models"], b["models"]):
        one, other = describe(catalog, "model", first["model_id"]), describe(catalog, "model", second["model_id"])
        label = first["name"] or first["type"]
        yield from _chosen(f"hyperparameter of {label}", one, other, full)
        yield from _mappings(f"metric of {label}", _measured(one["metrics"]), _measured(other["metrics"]))
    loose = ([m for m in facts["metrics"] if m["model_id"] is None] for facts in (a, b))
    yield from _mappings("metric", *(_measured(metrics) for metrics in loose))


def _datasets(catalog: CatalogReader, a: Facts, b: Facts) -> Iterable[Difference]:
    yield from _unequal("data", "rows", a["n_rows"], b["n_rows"])
    yield from _unequal("data", "columns", a["n_columns"], b["n_columns"])
    if a["digest"] != b["digest"] and a["rows_digest"] and a["rows_digest"] == b["rows_digest"]:
        yield Difference("data", "order of rows", "", "other")
    yield from _columns(a["columns"], b["columns"])


def _trained_on(catalog: CatalogReader, a: str | None, b: str | None) -> Iterable[Difference]:
    if a == b or not a or not b:
        return
    first, second = describe(catalog, "dataset", a), describe(catalog, "dataset", b)
    yield Difference("data", "trained on", a, b)
    yield from _datasets(catalog, first, second)


def _columns(a: list[Facts], b: list[Facts]) -> Iterable[Difference]:
    ours, theirs = ({c["name"]: c for c in columns if c["position"] >= 0} for columns in (a, b))
    for name in dict.fromkeys([*ours, *theirs]):
        one, other = ours.get(name), theirs.get(name)
        if one is None or other is None:
            yield Difference("column", name, one and one["dtype"], other and other["dtype"])
            continue
        found = False
        for fact in ("dtype", "n_null", "n_distinct", "min", "max", "mean", "std"):
            if one[fact] != other[fact]:
                found = True
                yield Difference("column", f"{name}, {fact}", one[fact], other[fact])
        if not found and one["digest"] != other["digest"]:
            yield Difference("column", f"{name}, values", "", "other")
    if list(ours) != list(theirs) and set(ours) == set(theirs):
        yield Difference("column", "order", ", ".join(ours), ", ".join(theirs))


def _actions(a: list[Facts], b: list[Facts]) -> Iterable[Difference]:
    """Steps only one of them has, and arguments of those both have that are not the same."""
    for one, other in match_steps(a, b):
        if one is None or other is None:
            short = "".join(step["short"] for step in (one, other) if step is not None)
            yield Difference("action", short, _where(one), _where(other))
        elif one["kind"] not in ("fit", "search"):  # those of a model are its hyperparameters
            yield from _mappings(f"argument of {one['short']}", one["params"], other["params"])


def match_steps(a: Sequence[Facts], b: Sequence[Facts]) -> list[tuple[Facts | None, Facts | None]]:
    """Pairs of steps that correspond: of one recipe first, then of one operation with the same roles, in order.

    A step without a counterpart is paired with None.
    """
    pairs = _counterparts(a, b, (lambda s: s.get("recipe_key"), _operation_and_roles, lambda s: s["operation"]))
    taken = set(pairs.values())
    matched: list[tuple[Facts | None, Facts | None]] = [
        (step, b[pairs[at]] if at in pairs else None) for at, step in enumerate(a)
    ]
    return matched + [(None, step) for at, step in enumerate(b) if at not in taken]


def _counterparts(a: Sequence[Facts], b: Sequence[Facts], keys: Sequence[Callable[[Facts], Any]]) -> dict[int, int]:
    """Places in the first to places in the second of what corresponds: has the first key in common, else the next.

    Of several with equal keys the first corresponds to the first. What has the key None has no counterpart by it.
    """
    pairs: dict[int, int] = {}
    for key in keys:
        free: dict[Any, deque[int]] = defaultdict(deque)
        taken = set(pairs.values())
        for at, thing in enumerate(b):
            if at not in taken:
                free[key(thing)].append(at)
        for at, thing in enumerate(a):
            if at not in pairs and (own := key(thing)) is not None and free[own]:
                pairs[at] = free[own].popleft()
    return pairs


def _operation_and_roles(step: Facts) -> Any:
    return step["operation"], *(edge["role"] for edge in step["inputs"])


def _same_models(a: list[Facts], b: list[Facts]) -> Iterable[tuple[Facts, Facts]]:
    """Models of two runs that correspond: of one name and type, then of one type, in order."""
    for ours, theirs in _counterparts(a, b, (lambda m: (m["name"], m["type"]), lambda m: m["type"])).items():
        yield a[ours], b[theirs]


def _code(catalog: CatalogReader, a: str, b: str, read: ReadBytes | None) -> dict[str, str]:
    """A unified diff per changed file; without the bytes, or where they are not kept, the digests."""
    from modeldb.errors import ModelDBError

    ours, theirs = _sources(catalog, a), _sources(catalog, b)
    changed = {}
    for path in dict.fromkeys([*ours, *theirs]):
        one, other = ours.get(path), theirs.get(path)
        if one == other:
            continue
        try:
            if read is None:
                raise ModelDBError
            texts = [read(digest).decode("utf-8", "replace") if digest else "" for digest in (one, other)]
            changed[path] = unified(path, *texts)
        except ModelDBError:
            changed[path] = f"(not kept: {one or 'none'} → {other or 'none'})"
    return changed


def unified(path: str, a: str, b: str) -> str:
    import difflib

    lines = difflib.unified_diff(a.splitlines(), b.splitlines(), f"a/{path}", f"b/{path}", lineterm="", n=2)
    return "\n".join(lines)


def _sources(catalog: CatalogReader, run_id: str) -> dict[str, str]:
    rows = catalog.query("SELECT path, digest FROM run_code WHERE run_id = :id ORDER BY position", {"id": run_id})
    return {row[0]: row[1] for row in rows}


def _environments(catalog: CatalogReader, a: str, b: str) -> Iterable[Difference]:
    ours, theirs = _environment(catalog, a), _environment(catalog, b)
    for name in dict.fromkeys([*ours, *theirs]):
        one, other = ours.get(name), theirs.get(name)
        if isinstance(one, dict) or isinstance(other, dict):
            yield from _mappings("environment", one or {}, other or {})
        else:
            yield from _unequal("environment", name, one, other)


def _environment(catalog: CatalogReader, run_id: str) -> Facts:
    rows = catalog.query(
        "SELECT e.value FROM runs r JOIN environments e ON e.environment_id = r.environment_id WHERE r.run_id = :id",
        {"id": run_id},
    )
    value: Facts = json.loads(rows[0][0]) if rows else {}
    return value


def _run_id(facts: Facts) -> str:
    return str(facts["run_id"])


def _values(hyperparameters: list[Facts]) -> dict[str, str]:
    return {h["name"]: h["value"] for h in hyperparameters}


def _measured(metrics: list[Facts]) -> dict[str, float]:
    return {
        " ".join(
            filter(None, [m["name"], f"[{m['label']}]" if m["label"] else "", m["dataset"] and f"on {m['dataset']}"])
        ): m["value"]
        for m in metrics
    }


def _features(catalog: CatalogReader, model_id: str, what: str) -> dict[str, float]:
    rows = catalog.query(
        f"SELECT name, {what} FROM features WHERE model_id = :id AND {what} IS NOT NULL ORDER BY position",
        {"id": model_id},
    )
    return {row[0]: row[1] for row in rows}


def _weights(what: str, a: Mapping[str, float], b: Mapping[str, float], full: bool) -> list[Difference]:
    """The changes of importances or coefficients, the largest first; none where only one model has any."""
    found = list(_mappings(what, a, b))
    if full:
        return found
    if not a or not b:
        return []
    return sorted(found, key=lambda d: -abs((d.b or 0.0) - (d.a or 0.0)))[:MOST_WEIGHTS]


def _mappings(what: str, a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterable[Difference]:
    for name in dict.fromkeys([*a, *b]):
        yield from _unequal(what, name, a.get(name), b.get(name))


def _unequal(what: str, name: str, a: Any, b: Any) -> Iterable[Difference]:
    if a != b:
        yield Difference(what, name, a, b)


def _where(step: Facts | None) -> str | None:
    from modeldb.history.names import place

    return None if step is None else place(step["file"], step["line"]) or "yes"


def _shown(value: Any) -> str:
    if isinstance(value, str) and _CLASS.fullmatch(value):
        return value.rpartition(".")[2]
    return "–" if value is None else cell(value)


def _change(difference: Difference) -> str:
    a, b = difference.a, difference.b
    numbers = isinstance(a, int | float) and isinstance(b, int | float) and not isinstance(a, bool)
    return (
        f"{'+' if b > a else '−'}{cell(abs(b - a)) if isinstance(b - a, int) else number(abs(b - a))}"
        if numbers
        else ""
    )
