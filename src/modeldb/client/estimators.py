"""Estimators as specs and models: what scikit-learn's conventions let one read off any object that follows them.

Pure functions of the objects; nothing is wrapped and no library imported here.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from typing import Any

from modeldb.client import values
from modeldb.client.values import parameters_of, parameters_with_values, same
from modeldb.core import ids, keys
from modeldb.core.actions import ModelMade, Value

MAX_HYPERPARAMETERS = 500


def hyperparameters(estimator: Any) -> list[Value]:
    """Every hyperparameter, nested ones as `step__parameter`, like `get_params(deep=True)` but quicker and typed.

    The containers of a composite (`steps`, `transformers`) are left out: their members follow by name.
    """
    found: list[Value] = []
    _collect(estimator, "", found, 0)
    return found[:MAX_HYPERPARAMETERS]


def _collect(estimator: Any, prefix: str, found: list[Value], depth: int) -> None:
    for name, held, default in parameters_with_values(estimator):
        members = _members(held)
        if members is None:
            described = values.describe(prefix + name, held, same(held, default))
            if described.type == "estimator":
                described = Value(described.name, values.qualified_name(type(held)), "estimator", described.is_default)
            found.append(described)
            members = [(name, held)] if values.is_estimator(held) else []
        for member_name, member in members:
            if members and held is not member and not values.is_estimator(member):
                found.append(values.describe(prefix + member_name, member))
            elif values.is_estimator(member) and depth < 8:
                if member is not held:
                    name_of_type = values.qualified_name(type(member))
                    found.append(Value(prefix + member_name, name_of_type, "estimator", False))
                _collect(member, f"{prefix}{member_name}__", found, depth + 1)


def _members(held: Any) -> list[tuple[str, Any]] | None:
    """The named members of `steps`, `transformers`, `estimators`, ...; None for an ordinary parameter."""
    if not isinstance(held, (list, tuple)) or not held:
        return None
    if all(isinstance(m, tuple) and len(m) in (2, 3) and isinstance(m[0], str) and _is_member(m[1]) for m in held):
        members = [(m[0], m[1]) for m in held]
        members += [(f"{m[0]}__columns", m[2]) for m in held if len(m) == 3]
        return members
    return None


def _is_member(value: Any) -> bool:
    return (
        value in ("drop", "passthrough", None) if isinstance(value, (str, type(None))) else values.is_estimator(value)
    )


def spec_id(estimator: Any, params: list[Value]) -> str:
    """The id of an unfitted estimator: its type, hyperparameters and, for a user's class, code."""
    described = [[p.name, p.value] for p in params if not p.is_default]
    return ids.spec_id(keys.digest([values.qualified_name(type(estimator)), described, class_code(type(estimator))]))


@functools.lru_cache(maxsize=1024)
def class_code(cls: type) -> str | None:
    """A digest of the methods a user's own class defines; None for a library's."""
    digests = []
    for klass in cls.__mro__:
        for name, attribute in sorted(vars(klass).items()):
            code = values.code_digest(attribute) if callable(attribute) and not isinstance(attribute, type) else None
            if code is not None:
                digests.append([klass.__qualname__, name, code])
    return keys.digest(digests) if digests else None


_PROBLEMS = {
    "classifier": "classification",
    "regressor": "regression",
    "clusterer": "clustering",
    "outlier_detector": "outlier",
    "DensityEstimator": "density",
    "density_estimator": "density",
    "transformer": "transform",
}


def problem_type(estimator: Any) -> str | None:
    """`classification`, `regression`, `clustering`, `outlier`, `density`, `transform` or None."""
    kind = getattr(estimator, "_estimator_type", None)
    if kind is None and hasattr(type(estimator), "__sklearn_tags__"):
        try:
            kind = estimator.__sklearn_tags__().estimator_type
        except Exception:  # a class whose bases are in the wrong order
            kind = None
    if kind is not None:
        return _PROBLEMS.get(str(kind), str(kind))
    if hasattr(estimator, "predict"):
        return "classification" if hasattr(estimator, "predict_proba") else None
    return "transform" if hasattr(estimator, "transform") else None


def is_fitted(estimator: Any) -> bool:
    """True for an estimator that shows it has learned something, or one of whose parts does."""
    attributes = getattr(estimator, "__dict__", {})
    if any(name.endswith("_") and not name.startswith("__") for name in attributes):
        return True
    if attributes.get("_Booster") is not None:  # all that XGBoost's regressors keep
        return True
    # A pipeline itself learns nothing: its steps do.
    held = [entry for value in list(attributes.values()) if isinstance(value, list) for entry in value[:64]]
    parts = [part for entry in held if isinstance(entry, tuple) for part in entry]
    return any(values.is_estimator(part) and is_fitted(part) for part in parts)


def library(cls: type) -> tuple[str, str]:
    """The package a class comes from and its version; the user's own classes have none."""
    name = (getattr(cls, "__module__", "") or "").split(".")[0]
    version = getattr(sys.modules.get(name), "__version__", "")
    return name, version if isinstance(version, str) else ""


def n_features(estimator: Any) -> int | None:
    try:
        count = getattr(estimator, "n_features_in_", None)
        return int(count) if count is not None else None
    except Exception:  # a property of a composite may raise when its last step has none
        return None


def seed(estimator: Any) -> Any:
    """The random state a fit starts from: its seed, or the digest of the generator it will draw from.

    None when the estimator draws no random numbers or is given a seed as a hyperparameter already.
    """
    states = list(_random_states(estimator))
    if not states or all(isinstance(state, int) for state in states):
        return states[0] if states else None
    return {"numpy": state_digest(next(state for state in states if not isinstance(state, int)))}


def state_digest(state: Any) -> str | None:
    """A digest of a generator's state; of numpy's global one for None. Reading it changes nothing."""
    import numpy as np

    if state is None:
        state = np.random.mtrand._rand
    if isinstance(state, np.random.RandomState):
        name, words, position, has_gauss, gauss = state.get_state(legacy=True)[:5]
        return keys.digest([name, words.tobytes(), int(position), int(has_gauss), float(gauss)])
    return None


def _random_states(estimator: Any, depth: int = 0) -> Iterator[Any]:
    for name, _ in parameters_of(type(estimator)):
        held = getattr(estimator, name, None)
        if name == "random_state":
            yield held
        elif depth < 4:
            for _, member in _members(held) or ([(name, held)] if values.is_estimator(held) else []):
                if values.is_estimator(member):
                    yield from _random_states(member, depth + 1)


def label(estimator: Any) -> str | None:
    """What tells a composite from others of its class: `Pipeline → Ridge`; None for an estimator on its own."""
    names = [type(estimator).__name__]
    inner = _heart(estimator)
    while inner is not None and len(names) < 4:
        names.append(type(inner).__name__)
        inner = _heart(inner)
    return " → ".join(names) if len(names) > 1 else None


def _heart(estimator: Any) -> Any:
    """The estimator a composite ends with or is built around."""
    steps = getattr(estimator, "steps", None)
    if isinstance(steps, list) and steps and isinstance(steps[-1], tuple):
        last = steps[-1][-1]
        return last if values.is_estimator(last) else None
    # A forest has an `estimator` too, but was not given it: it is always the same.
    given = dict(parameters_of(type(estimator)))
    inner = next((getattr(estimator, name, None) for name in ("estimator", "regressor") if name in given), None)
    return inner if values.is_estimator(inner) else None


def made(
    estimator: Any,
    model_id: str,
    params: list[Value],
    *,
    name: str | None = None,
    role: str = "model",
    parent_model_id: str | None = None,
    train_dataset_id: str | None = None,
    feature_names: list[str] | None = None,
    problem: str | None = None,
) -> ModelMade:
    """The model an estimator is, with the hyperparameters it was fitted with."""
    cls = type(estimator)
    package, version = library(cls)
    return ModelMade(
        model_id=model_id,
        type=cls.__name__,
        qualified_type=values.qualified_name(cls),
        library=package,
        library_version=version,
        name=name or label(estimator),
        problem_type=problem or problem_type(estimator),
        role=role,
        parent_model_id=parent_model_id,
        spec_id=spec_id(estimator, params) if role != "candidate" or not parent_model_id else None,
        train_dataset_id=train_dataset_id,
        n_features=n_features(estimator),
        feature_names=feature_names,
        hyperparameters=params,
    )
