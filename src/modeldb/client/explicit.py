"""What a program says of its own accord: datasets, models and predictions it names, and functions made actions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from modeldb.client import recorder, values
from modeldb.client.call import Call
from modeldb.client.hooks import Children, Hook
from modeldb.client.origins import KnownModel
from modeldb.core.actions import Output
from modeldb.errors import InvalidInput
from modeldb.objects import columns


class UserFunction(Hook):
    """A function made an action by `@modeldb.action`: what it calls becomes its children."""

    def __init__(self, operation: str, kind: str, code: str | None, names: tuple[str, ...]) -> None:
        self.operation, self.kind, self.code, self.names = operation, kind, code, names
        self.library = operation.split(".")[0]

    def start(self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        call.code = self.code
        named = [(self.names[i] if i < len(self.names) else f"arg{i}", value) for i, value in enumerate(args)]
        for name, value in [*named, *kwargs.items()]:
            known = call.recorder.models.get(value)
            if known is not None:
                call.input_model(name, known)
            elif not (hasattr(value, "__len__") and columns.is_tabular(value) and call.input(name, value)):
                call.param(name, value)

    def finish(self, call: Call, result: Any) -> None:
        parts = {"return": result}
        if isinstance(result, (tuple, dict)):
            items = result.items() if isinstance(result, dict) else enumerate(result)
            parts = {f"return[{key}]": value for key, value in items}
        for role, value in parts.items():
            known = call.recorder.models.get(value)
            if known is not None:
                call.outputs.append(Output(role, known.model_id, "model"))
            elif isinstance(value, (bool, int, float)):
                call.extra[role] = float(value)
            else:
                call.output(role, value)

    def children(self, call: Call) -> Children:
        return Children.ALL


class Said(Hook):
    """Something the program says outright; `say` fills the action."""

    kind = "log"
    library = "modeldb"

    def __init__(self, operation: str, say: Callable[[Call], None]) -> None:
        self.operation, self._say = operation, say

    def start(self, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._say(call)

    def finish(self, call: Call, result: Any) -> None:
        """All was said at the start."""


def call_action(
    function: Callable[..., Any], operation: str, kind: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Call a function and record the call; its result, and what it raises, are the caller's."""
    at = recorder.started()
    code = getattr(function, "__code__", None)
    names = code.co_varnames[: code.co_argcount] if code is not None else ()
    hook = UserFunction(operation, kind, values.code_digest(function), names)
    call = at.begin(hook, args, kwargs, frames=3) if at is not None else None
    try:
        result = function(*args, **kwargs)
    except BaseException as error:
        if call is not None:
            call.fail(error)
        raise
    if call is not None:
        call.finish(result)
    return result


def log_dataset(value: Any, name: str | None, key: Sequence[str] | None = None) -> str | None:
    """Record a table or array and name it; its dataset id, or None for what is no table.

    `key` names the columns that say which example a row is. Raises InvalidInput when one is not there.
    """
    found: list[str] = []
    if key is not None and columns.key_digests(value, key) is None:
        there = ", ".join(map(str, getattr(value, "columns", []))) or "no names"
        raise InvalidInput(f"The columns {', '.join(key)} cannot be the key: the dataset has {there}.")

    def say(call: Call) -> None:
        if key is not None:
            call.recorder.identities.name_key(key)
        known = call.input("data", value, name=name)
        if known is not None:
            found.append(known.dataset_id)

    _say("modeldb.log_dataset", say)
    return found[0] if found else None


def log_model(model: Any, name: str | None) -> str | None:
    """Record a fitted model, and keep it; its model id."""
    found: list[KnownModel] = []

    def say(call: Call) -> None:
        known = call.recorder.model_of(call, model, name=name, surely=True)
        if known is not None:
            call.outputs.append(Output("model", known.model_id, "model"))
            found.append(known)

    _say("modeldb.log_model", say)
    return found[0].model_id if found else None


def log_predictions(model: Any, dataset: Any, predictions: Any, truth: Any = None) -> None:
    """Record what a model said about the rows of a dataset and, when it is given, what is true of them."""

    def say(call: Call) -> None:
        call.kind = "predict"
        call.subject, call.method = model, "predict"
        call.model = call.recorder.model_of(call, model, surely=True)
        data = call.input("X", dataset)
        if call.model is None or data is None:
            return
        call.input_model("self", call.model)
        call.output("return", predictions, about=(call.model.model_id, data.dataset_id))
        if truth is not None:
            call.input("y_true", truth)

    _say("modeldb.log_predictions", say)


def _say(operation: str, say: Callable[[Call], None]) -> None:
    at = recorder.started()
    call = at.begin(Said(operation, say), (), {}, frames=4) if at is not None else None
    if call is not None:
        call.finish(None)
