"""What XGBoost and LightGBM have in common: data put into a container of theirs, `train`, `cv`, and a `Booster`.

Their estimators in scikit-learn's manner need none of this: they are recorded as any other. A container is recorded
when it is made, with the tables it was made of; what is trained or judged on it later is about those tables.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from types import ModuleType
from typing import Any

from modeldb.client import estimators, files, keeping, values
from modeldb.client.call import Call
from modeldb.client.hooks import Hook
from modeldb.client.inference import Said
from modeldb.client.origins import Contained, Known, KnownModel
from modeldb.client.recorder import begin
from modeldb.core import ids
from modeldb.core.actions import FileSeen, Output, Value
from modeldb.integrations.patching import Patches
from modeldb.integrations.tables import names_of
from modeldb.objects import columns

ROLES = {"data": "X", "label": "y"}
"""What their arguments are called elsewhere."""
MAX_SETS = 16
"""Evaluation sets read of one fit."""
MAX_ROUNDS = 100
"""Points kept of the curve of one metric on one set."""
MODEL_ARGUMENTS = ("xgb_model", "init_model")
"""Arguments that hold a model whose training goes on."""


class BoosterCall(Hook):
    """A function or method of one of these libraries, when the script itself calls it."""

    nests = False

    def __init__(self, library: str, operation: str, names: tuple[str, ...]) -> None:
        self.library = self.from_library = library
        self.operation, self.names = operation, names

    def arguments(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        return {**dict(zip(self.names, args, strict=False)), **kwargs}


class Container(BoosterCall):
    """`DMatrix(X, y)`, `Dataset(X, y)`."""

    kind = "transform"

    def start(self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        call.subject = args[0]
        parts: dict[str, Known] = {}
        file: FileSeen | None = None
        for name, value in self.arguments(args[1:], kwargs).items():
            role = ROLES.get(name, name)
            if role == "X" and isinstance(value, (str, os.PathLike)):
                file = files.seen(os.fspath(value).partition("?")[0])
                if file is not None:
                    call.kind = "read"
                    call.input_file(role, file, files.logical_name(file.path))
            elif columns.is_tabular(value) and (known := call.input(role, value)) is not None:
                parts[role] = known
            elif value is not None and value is not call.subject:
                call.param(name, value)
        call.recorder.containers.put(call.subject, Contained(parts, file))

    def finish(self, call: Call, result: Any) -> None:
        """The container is no table; what was put into it is known by it."""


def read(call: Call, role: str, container: Any) -> None:
    """Note that a call reads what was put into a container. The training data's roles are `X` and `y`."""
    contained = call.recorder.containers.get(container)
    if contained is None:
        return
    for name, known in contained.parts.items():
        call.input_known(name if role == "X" else f"{role}.{name}", known)
    if contained.file is not None:
        call.input_file(role, contained.file, files.logical_name(contained.file.path))


class Train(BoosterCall):
    """`train(params, data)`: a fit."""

    kind = "fit"

    def start(self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        call.method = "train"
        call.model_id = ids.new_model_id()
        given = self.arguments(args, kwargs)
        for name, value in given.items():
            if name == "params" and isinstance(value, Mapping):
                call.params += [values.describe(str(key), item) for key, item in value.items()]
            elif name in ("dtrain", "train_set"):
                read(call, "X", value)
            elif name in ("evals", "valid_sets"):
                self._read_evaluated(call, value)
            elif name in MODEL_ARGUMENTS and (model := call.recorder.models.get(value)) is not None:
                call.input_model(name, model)
            elif name not in ("evals_result", "callbacks", "verbose_eval", "valid_names"):
                call.param(name, value)
        call.rng = next((p.value for p in call.params if p.name in ("seed", "random_state")), None)
        call.extra = {"evaluated": given.get("evals_result")}

    def _read_evaluated(self, call: Call, sets: Any) -> None:
        for i, member in enumerate(sets if isinstance(sets, (list, tuple)) else [sets]):
            read(call, f"evals[{i}]", member[0] if isinstance(member, tuple) else member)

    def finish(self, call: Call, booster: Any) -> None:
        recorder = call.recorder
        evaluated = call.extra.pop("evaluated", None)
        model_id = call.model_id or ids.new_model_id()
        train = call.known.get("X")
        dataset_id = train.dataset_id if train else None
        recorder.models.put(
            booster, KnownModel(model_id, call.action_id, call.recipe, type(booster).__name__, dataset_id)
        )
        call.outputs.append(Output("return", model_id, "model"))
        call.models.append(made(call, booster, model_id, "model"))
        measured_round_by_round(call, evaluated, model_id, dataset_id)
        keeping.model(recorder.session, model_id, booster, None)


def made(call: Call, booster: Any, model_id: str, role: str) -> Any:
    """The model of a training, as it is recorded."""
    train = call.known.get("X")
    return estimators.made(
        booster,
        model_id,
        call.params,
        name=call.recorder.model_name(call, booster),
        role=role,
        train_dataset_id=train.dataset_id if train else None,
        problem=problem_type(call.params),
    )


def problem_type(params: Iterable[Value]) -> str | None:
    """What the objective says the booster is for."""
    objective = next((str(p.value) for p in params if p.name in ("objective", "application")), "")
    if objective.startswith(("binary", "multi", "softmax", "cross_entropy", "xentropy")):
        return "classification"
    if objective.startswith(("rank", "lambdarank")):
        return "ranking"
    return "regression" if objective else None


def series(evaluated: Any) -> list[tuple[str, list[Any]]]:
    """What was measured round by round: `set.metric` and its values, from nested mappings of lists."""
    found: list[tuple[str, list[Any]]] = []
    if hasattr(evaluated, "to_dict"):
        evaluated = evaluated.to_dict("list")
    for name, by_round in evaluated.items() if isinstance(evaluated, Mapping) else ():
        if isinstance(by_round, Mapping):
            found += [(f"{name}.{inner}", of_inner) for inner, of_inner in series(by_round)]
        elif isinstance(by_round, list) and by_round and isinstance(by_round[-1], (int, float)):
            found.append((str(name), by_round))
    return found


def measured(call: Call, name: str, by_round: Sequence[Any], label: str | None = None) -> None:
    """Note a value for every round, or for so many that the curve keeps its shape; the last one always."""
    last = len(by_round) - 1
    steps = range(last + 1) if last < MAX_ROUNDS else [i * last // (MAX_ROUNDS - 1) for i in range(MAX_ROUNDS)]
    for step in steps:
        call.metric(name, by_round[step], label=label, step=step if last else None)


def evaluation_sets(name: str, value: Any) -> list[tuple[str, Any]]:
    """The tables an estimator in scikit-learn's manner is given to be judged on, with their roles.

    They come as pairs in `eval_set`, or as `eval_X` and `eval_y`.
    """
    if name in ("eval_X", "eval_y"):
        parts = value if isinstance(value, (tuple, list)) else [value]
        found = [(f"eval_set[{i}].{name[-1]}", part) for i, part in enumerate(parts)]
    elif name == "eval_set":
        pairs = [value] if isinstance(value, tuple) else value if isinstance(value, list) else []
        if not all(isinstance(pair, (tuple, list)) and len(pair) == 2 for pair in pairs):
            return []
        found = [
            (f"{name}[{i}].{role}", part) for i, pair in enumerate(pairs) for role, part in zip("Xy", pair, strict=True)
        ]
    else:
        return []
    return found if len(found) <= 2 * MAX_SETS and all(hasattr(part, "shape") for _, part in found) else []


def measured_on_the_way(call: Call, estimator: Any, model_id: str) -> None:
    """Note what a booster in scikit-learn's manner measured on its evaluation sets, round by round."""
    if any(role.startswith("eval_set[") for role in call.known):
        measured_round_by_round(call, getattr(estimator, "evals_result_", None), model_id, None)


def measured_round_by_round(call: Call, evaluated: Any, model_id: str, dataset_id: str | None) -> None:
    """Note what a fit measured on its evaluation sets: about `dataset_id` where it is not clear which is which."""
    sets = [known for role, known in call.known.items() if role.startswith("eval") and role.endswith("].X")]
    if not isinstance(evaluated, Mapping):
        return
    about = [known.dataset_id for known in sets] if len(sets) == len(evaluated) else [dataset_id] * len(evaluated)
    for judged, (name, metrics) in zip(about, evaluated.items(), strict=True):
        call.about = (model_id, judged or "")
        for metric, by_round in series(metrics):
            measured(call, metric, by_round, label=str(name))


class CrossValidate(Train):
    """`cv(params, data)`: a candidate with what was measured for it; no model comes out."""

    kind = "cross_validate"

    def __init__(self, library: str, operation: str, names: tuple[str, ...], booster: type) -> None:
        super().__init__(library, operation, names)
        # No booster comes out of it, and an empty one would be ours to free: this has only the type's name.
        self.booster = type(booster.__name__, (), {"__module__": booster.__module__})()

    def finish(self, call: Call, result: Any) -> None:
        call.extra.pop("evaluated", None)
        model_id = call.model_id or ids.new_model_id()
        train = call.known.get("X")
        call.about = (model_id, train.dataset_id if train else "")
        call.models.append(made(call, self.booster, model_id, "candidate"))
        for name, by_round in series(result):
            measured(call, name, by_round)
        call.output("return", result)


class Predict(BoosterCall):
    """`booster.predict(data)`."""

    kind = "predict"

    def start(self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        call.subject, call.method = args[0], "predict"
        call.model = call.recorder.model_of(call, args[0], surely=True)
        if call.model is not None:
            call.input_model("self", call.model)
        for name, value in self.arguments(args[1:], kwargs).items():
            if name != "data":
                call.param(name, value)
            elif call.recorder.containers.get(value) is not None:
                read(call, "X", value)
            else:
                call.input("X", value)

    def finish(self, call: Call, result: Any) -> None:
        data = call.known.get("X")
        if call.model is None:
            return
        about = (call.model.model_id, data.dataset_id if data else "")
        known = call.output("return", result, about=about)
        if known is not None and getattr(result, "ndim", 0) in (1, 2):
            call.recorder.said.append(Said(known, result, None))


class Save(BoosterCall):
    """`booster.save_model(path)`."""

    kind = "write"

    def start(self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        call.model = call.recorder.model_of(call, args[0], surely=True)
        if call.model is not None:
            call.input_model("self", call.model)
        for value in (*args[1:2], *kwargs.values()):
            call.extra.setdefault("path", files.path_of(value))

    def finish(self, call: Call, result: Any) -> None:
        path = call.extra.get("path")
        file = files.seen(path) if path else None
        if file is not None:
            call.output_file("path", file)


def hook(patches: Patches, library: ModuleType, containers: tuple[str, ...]) -> None:
    """Put hooks on a library's containers, `train`, `cv` and `Booster`."""
    name, booster = library.__name__, library.Booster

    def wrap(target: Any, hook: type[BoosterCall], operation: str, *more: Any, skip: int = 0) -> None:
        if target is not None:
            patches.wrap(target, hook(name, f"{name}.{operation}", names_of(target)[skip:], *more), begin)

    for container in containers:
        cls = getattr(library, container, None)
        wrap(vars(cls).get("__init__") if cls else None, Container, container, skip=1)
    wrap(library.train, Train, "train")
    wrap(library.cv, CrossValidate, "cv", booster)
    for method, hook_type in (("predict", Predict), ("inplace_predict", Predict), ("save_model", Save)):
        wrap(vars(booster).get(method), hook_type, f"Booster.{method}", skip=1)
