"""Estimator classes as they are made."""

from __future__ import annotations

from typing import Any

from modeldb.client.recorder import begin
from modeldb.integrations.patching import Patches
from modeldb.integrations.sklearn.estimators import hook_class
from modeldb.integrations.sklearn.functions import hook_splitter

_NO_CODE = (lambda: None).__code__


class NewClass:
    """`__init_subclass__` of scikit-learn's bases: once it has run, the new class gets its hooks."""

    def __init__(self, patches: Patches) -> None:
        self.patches = patches


class _Made:
    """A class being made."""

    def __init__(self, patches: Patches, cls: type) -> None:
        self.patches, self.cls = patches, cls

    def finish(self, result: Any) -> None:
        hook_class(self.patches, begin, self.cls)
        split = vars(self.cls).get("split")
        # One that asks another's `split`, its base's say, is recorded there.
        if hasattr(self.cls, "get_n_splits") and "split" not in getattr(split, "__code__", _NO_CODE).co_names:
            hook_splitter(self.patches, begin, self.cls)

    def fail(self, error: BaseException) -> None:
        """There is no class then."""


def class_made(hook: NewClass, args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Made:
    """What the trampoline of `__init_subclass__` asks: the class is the first argument."""
    return _Made(hook.patches, args[0])
