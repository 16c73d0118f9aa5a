"""What questions may be asked of a fitted model without loading it: features, parts, a summary, a sketch.

Reads attributes only, never calls the model's methods except the naming of features, and never raises: what cannot
be read is left out.
"""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from modeldb.objects.digest import PART, digest_of
from modeldb.objects.splits import splits

FEATURES_KEPT = 256
"""Of wider models, the features with the largest importance or coefficient."""
SKETCH_SIZE = 64
REMEMBERED_SIZE = 8192
"""Of parts no larger, the signs and places of a sketch are remembered: a script fits one kind of model many times."""
_DEPTH = 6


@dataclass(frozen=True, slots=True)
class FeatureEntry:
    """What one feature means to a model."""

    position: int
    name: str
    importance: float | None
    coefficient: float | None
    """The coefficient; with several classes or targets the one largest in absolute value, with its sign."""


@dataclass(frozen=True, slots=True)
class PartEntry:
    """An array, tree or vocabulary inside a model."""

    path: str
    """Where it is, such as `named_steps.clf.coef_`."""
    type: str
    dtype: str
    shape: tuple[int, ...]
    digest: str
    size_bytes: int
    min: float | None
    max: float | None
    mean: float | None
    std: float | None
    norm: float | None


@dataclass(frozen=True, slots=True)
class ModelIndex:
    """Everything extracted from one model."""

    features: tuple[FeatureEntry, ...] = ()
    parts: tuple[PartEntry, ...] = ()
    summary: dict[str, Any] = field(default_factory=dict)
    """n_features, n_trees, max_depth, n_leaves, splits, n_iter, loss_curve, classes, problem_type: those that apply."""
    sketch: tuple[float, ...] = ()
    """A random projection of the numbers in the parts; models with near weights have near sketches."""
    complete: bool = True
    """False when the time budget ended the extraction."""


def extract(model: object, feature_names: Sequence[str] | None = None, budget_s: float = 0.25) -> ModelIndex:
    """The index of a model, as much of it as the time budget allows; never raises."""
    deadline = time.perf_counter() + budget_s
    with np.errstate(all="ignore"):
        summary = _quietly(_summary, model) or {}
        features = _quietly(_features, model, feature_names) or ()
        parts: list[PartEntry] = []
        sketch = np.zeros(SKETCH_SIZE)
        complete = True
        try:
            for path, value in _walk(model, "", 0, set()):
                if time.perf_counter() > deadline:
                    complete = False
                    break
                entry = _quietly(_part, path, value, sketch)
                if entry is not None:
                    parts.append(entry)
        except Exception:
            complete = False
        rounded = np.nan_to_num(sketch.astype(np.float32))  # weights of a diverged model are beyond a float32
    return ModelIndex(tuple(features), tuple(parts), summary, tuple(rounded.tolist()), complete)


def _quietly(call: Any, *args: Any) -> Any:
    try:
        return call(*args)
    except Exception:
        return None


def _walk(value: object, path: str, depth: int, seen: set[int]) -> Iterator[tuple[str, object]]:
    """Arrays, sparse matrices, trees and large vocabularies inside a model, with their paths."""
    if isinstance(value, np.ndarray) and value.dtype != object:
        yield path, value
        return
    if id(value) in seen or depth > _DEPTH:
        return
    seen.add(id(value))
    kind = type(value)
    if kind.__module__.startswith("scipy.sparse") or kind.__qualname__ == "Tree":
        yield path, value
    elif isinstance(value, dict):
        if len(value) >= 64 and all(isinstance(key, str) for key in value) and not _holds_objects(value):
            yield path, value
        else:
            for key, inner in value.items():
                yield from _walk(inner, f"{path}.{key}" if path else str(key), depth + 1, seen)
    elif isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.dtype == object):
        items = value.ravel().tolist() if isinstance(value, np.ndarray) else value
        for number, inner in enumerate(items):
            if isinstance(inner, tuple) and len(inner) >= 2 and isinstance(inner[0], str):
                yield from _walk(inner[1], _step(path, inner[0]), depth + 1, seen)
            elif not isinstance(inner, str | int | float | bool | None):
                yield from _walk(inner, f"{path}[{number}]", depth + 1, seen)
    elif _is_model(value):
        for name, inner in vars(value).items():
            if not isinstance(inner, str | int | float | bool | None):
                yield from _walk(inner, f"{path}.{name}" if path else name, depth + 1, seen)


def _step(path: str, name: str) -> str:
    if path == "steps" or path.endswith(".steps"):
        return f"{path.removesuffix('steps')}named_steps.{name}"
    return f"{path}.{name}"


def _holds_objects(values: dict[Any, Any]) -> bool:
    first = next(iter(values.values()))
    return not isinstance(first, int | float | np.number)


def _is_model(value: object) -> bool:
    module = type(value).__module__
    return hasattr(value, "__dict__") and not isinstance(value, type) and not module.startswith(("builtins", "numpy"))


def _part(path: str, value: Any, sketch: np.ndarray[Any, Any]) -> PartEntry | None:
    if isinstance(value, dict):
        text = "\n".join(value).encode("utf-8", "surrogatepass")
        numbers = np.fromiter(value.values(), np.float64, len(value))
        digest = digest_of(PART, [b"vocabulary", text, numbers.tobytes()]).hex()
        return PartEntry(path, "vocabulary", "str", (len(value),), digest, len(text), *_statistics(numbers))
    if type(value).__qualname__ == "Tree":
        state = value.__getstate__()
        nodes, values = state["nodes"], state["values"]
        digest = digest_of(PART, [b"tree", nodes.tobytes(), values.tobytes()]).hex()
        _add(sketch, path, values)
        return PartEntry(
            path, "tree", "", (value.node_count,), digest, nodes.nbytes + values.nbytes, *_statistics(values)
        )
    if not isinstance(value, np.ndarray):
        value = value.tocoo()
        digest = digest_of(PART, [b"sparse", value.row.tobytes(), value.col.tobytes(), value.data.tobytes()]).hex()
        size = value.row.nbytes + value.col.nbytes + value.data.nbytes
        return PartEntry(path, "sparse", str(value.dtype), value.shape, digest, size, *_statistics(value.data))
    digest = digest_of(PART, [b"array", str((value.dtype, value.shape)).encode(), value.tobytes()]).hex()
    _add(sketch, path, value)
    return PartEntry(path, "array", str(value.dtype), value.shape, digest, value.nbytes, *_statistics(value))


_Statistics = tuple[float | None, float | None, float | None, float | None, float | None]


def _statistics(values: np.ndarray[Any, Any]) -> _Statistics:
    if values.size == 0 or values.dtype.kind not in "fiub":
        return None, None, None, None, None
    reals = values.astype(np.float64).ravel()
    # what `mean` and `std` compute, without what they ask first: a model may have a hundred small parts
    mean = np.add.reduce(reals) / reals.size
    away = reals - mean
    deviation = math.sqrt(np.add.reduce(away * away) / reals.size)
    told = np.minimum.reduce(reals), np.maximum.reduce(reals), mean, deviation, math.sqrt(float(reals @ reals))
    least, most, mean, std, norm = (float(number) if math.isfinite(number) else None for number in told)
    return least, most, mean, std, norm


def _add(sketch: np.ndarray[Any, Any], path: str, values: np.ndarray[Any, Any]) -> None:
    """Add the values to the sketch with signs and places that depend only on the path and the position."""
    if values.dtype.kind not in "fiub" or values.size > 1 << 20:
        return
    reals = values.astype(np.float64).ravel()
    if values.dtype.kind == "f" and not np.isfinite(reals).all():
        reals = np.where(np.isfinite(reals), reals, 0.0)
    drawn = _drawn if reals.size <= REMEMBERED_SIZE else _drawn.__wrapped__
    signs, places = drawn(path, reals.size)
    sketch += np.bincount(places, signs * reals, minlength=SKETCH_SIZE)


@functools.lru_cache(maxsize=64)
def _drawn(path: str, size: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """A sign for each of so many values, and its place in the sketch."""
    seed = np.uint64(int.from_bytes(digest_of(PART, [path.encode()])[:8], "little"))
    mixed = (np.arange(size, dtype=np.uint64) + seed) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    signs = np.where(mixed >> np.uint64(63), 1.0, -1.0)
    return signs, ((mixed >> np.uint64(40)) % np.uint64(SKETCH_SIZE)).astype(np.int64)


def _final(model: Any) -> tuple[Any, list[Any]]:
    """The estimator that decides, and the steps before it; searches and calibrations are looked through."""
    before: list[Any] = []
    for _ in range(_DEPTH):
        steps = getattr(model, "steps", None)
        if isinstance(steps, list) and steps:
            before += [step for _, step in steps[:-1] if step not in (None, "passthrough")]
            model = steps[-1][1]
        elif "best_estimator_" in getattr(model, "__dict__", {}):
            model = model.best_estimator_
        elif "regressor_" in getattr(model, "__dict__", {}):
            model = model.regressor_
        else:
            break
    return model, before


def _features(model: Any, feature_names: Sequence[str] | None) -> tuple[FeatureEntry, ...]:
    final, before = _final(model)
    importance = _quietly(lambda: np.asarray(final.feature_importances_, np.float64).ravel())
    coefficient = _quietly(_coefficients, final)
    count = next((len(column) for column in (importance, coefficient) if column is not None), 0)
    names = _names(model, final, before, feature_names, count)
    count = count or len(names)
    weight = np.abs(importance if importance is not None else coefficient if coefficient is not None else [])
    chosen = range(count)
    if count > FEATURES_KEPT:
        chosen = (
            sorted(np.argsort(-weight, kind="stable")[:FEATURES_KEPT].tolist()) if len(weight) else range(FEATURES_KEPT)
        )
    return tuple(
        FeatureEntry(
            position,
            names[position] if position < len(names) else f"x{position}",
            _number(importance, position),
            _number(coefficient, position),
        )
        for position in chosen
    )


def _coefficients(final: Any) -> np.ndarray[Any, Any] | None:
    coefficient = getattr(final, "coef_", None)
    if coefficient is None:
        return None
    if hasattr(coefficient, "toarray"):
        coefficient = coefficient.toarray()
    table = np.atleast_2d(np.asarray(coefficient, np.float64))
    return table[np.abs(table).argmax(0), np.arange(table.shape[1])]


def _number(column: np.ndarray[Any, Any] | None, position: int) -> float | None:
    if column is None or position >= len(column) or not math.isfinite(column[position]):
        return None
    return float(column[position])


def _names(model: Any, final: Any, before: list[Any], given: Sequence[str] | None, count: int) -> list[str]:
    names = [str(name) for name in given] if given is not None else None
    if names is None:
        known = getattr(model, "feature_names_in_", None)
        names = [str(name) for name in known] if known is not None else None
    for step in before:
        names = _names_after(step, names)
    if names is None or (count and len(names) != count):
        known = getattr(final, "feature_names_in_", None)
        names = [str(name) for name in known] if known is not None else None
    if names is None or (count and len(names) != count):
        names = [f"x{position}" for position in range(count or int(getattr(final, "n_features_in_", 0) or 0))]
    return names


def _names_after(step: Any, names: list[str] | None) -> list[str] | None:
    namer = getattr(step, "get_feature_names_out", None)
    if namer is None:
        return names if names and len(names) == getattr(step, "n_features_in_", -1) else None
    for arguments in ([np.asarray(names, object)] if names is not None else [], []):
        try:
            return [str(name) for name in namer(*arguments)]
        except Exception:
            continue
    return None


def _summary(model: Any) -> dict[str, Any]:
    final, _ = _final(model)
    summary: dict[str, Any] = {}
    for name, call in _FACTS.items():
        told = _quietly(call, final)
        if told is not None:
            summary[name] = told
    told = _quietly(_problem_type, model)
    if told is not None:
        summary["problem_type"] = told
    told = _quietly(lambda: int(model.n_features_in_))
    if told is not None:
        summary["n_features"] = told
    return summary


def _trees(final: Any) -> list[Any]:
    if "tree_" in getattr(final, "__dict__", {}):
        return [final.tree_]
    return [tree.tree_ for tree in np.asarray(final.estimators_, object).ravel() if hasattr(tree, "tree_")]


def _histogram_trees(final: Any) -> list[Any]:
    return [tree for stage in final._predictors for tree in stage]


def _tree_facts(final: Any, of_tree: Any, of_histogram: Any, join: Any) -> int | None:
    if "_predictors" in getattr(final, "__dict__", {}):
        return int(join(map(of_histogram, _histogram_trees(final))))
    trees = _trees(final)
    return int(join(map(of_tree, trees))) if trees else None


def _splits(final: Any) -> dict[str, list[Any]] | None:
    if "_predictors" in getattr(final, "__dict__", {}):
        return splits([], _histogram_trees(final))
    return splits(_trees(final), [])


def _loss_curve(final: Any) -> list[float] | None:
    for name in ("loss_curve_", "train_score_"):
        curve = getattr(final, name, None)
        if curve is not None and len(curve):
            return [float(loss) for loss in np.asarray(curve, np.float64).ravel()[:1000]]
    return None


def _classes(final: Any) -> list[Any] | None:
    classes = getattr(final, "classes_", None)
    return None if classes is None else np.asarray(classes).ravel()[:1000].tolist()


def _problem_type(model: Any) -> str | None:
    from sklearn.base import is_classifier, is_clusterer, is_outlier_detector, is_regressor

    checks = {
        "classification": is_classifier, "regression": is_regressor, "clustering": is_clusterer,
        "outlier detection": is_outlier_detector,
    }  # fmt: skip
    for problem, check in checks.items():
        if check(model):
            return problem
    return "transform" if hasattr(model, "transform") else None


_FACTS: dict[str, Any] = {
    "n_trees": lambda final: _tree_facts(final, lambda _: 1, lambda _: 1, sum),
    "max_depth": lambda final: _tree_facts(
        final, lambda tree: tree.max_depth, lambda tree: tree.nodes["depth"].max(), max
    ),
    "n_leaves": lambda final: _tree_facts(
        final, lambda tree: tree.n_leaves, lambda tree: tree.nodes["is_leaf"].sum(), sum
    ),
    "splits": _splits,
    "n_iter": lambda final: int(np.max(final.n_iter_)),
    "loss_curve": _loss_curve,
    "classes": _classes,
}
