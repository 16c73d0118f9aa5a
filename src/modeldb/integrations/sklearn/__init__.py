"""scikit-learn, and every estimator that follows its API.

Classes are met as they are made: each subclass of `BaseEstimator`, in the library, in a third party's or in the
script itself, passes through `__init_subclass__`. A class of the script that has `fit` and `predict` but no
scikit-learn base is found by `integrations.duck`.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from modeldb.client.recorder import begin
from modeldb.integrations.imports import PostImport
from modeldb.integrations.patching import Patches
from modeldb.integrations.sklearn.classes import NewClass, class_made
from modeldb.integrations.sklearn.estimators import hook_class
from modeldb.integrations.sklearn.functions import KINDS, Quiet, hook_functions

QUIET = {
    "sklearn.model_selection._validation": ("_fit_and_score", "_fit_and_predict", "_permutation_test_score"),
    "sklearn.utils.parallel": ("_FuncWrapper.__call__",),
}
"""Private functions that do a part of a public call's work, perhaps in a process of their own."""


def install(patches: Patches, imports: PostImport) -> None:
    """Put hooks on what is imported of scikit-learn and on what will be."""
    for package in KINDS:
        imports.when(package, lambda module: hook_functions(patches, begin, module, KINDS[module.__name__]))
    imports.when("sklearn.utils._metadata_requests", lambda module: _watch(patches, module, "_MetadataRequester"))
    imports.when("sklearn.utils._set_output", lambda module: _watch(patches, module, "_SetOutputMixin"))
    imports.when("sklearn.base", lambda module: _known_classes(patches, module))
    for module_name in QUIET:
        imports.when(module_name, lambda module: _quieten(patches, module))


def _watch(patches: Patches, module: ModuleType, name: str) -> None:
    target = vars(getattr(module, name)).get("__init_subclass__")
    if target is not None:
        patches.wrap(target, NewClass(patches), class_made)


def _known_classes(patches: Patches, module: ModuleType) -> None:
    """The estimators that exist already."""
    pending: list[Any] = [module.BaseEstimator]
    seen: set[type] = set()
    while pending:
        cls = pending.pop()
        if cls in seen:
            continue
        seen.add(cls)
        hook_class(patches, begin, cls)
        pending.extend(cls.__subclasses__())


def _quieten(patches: Patches, module: ModuleType) -> None:
    for name in QUIET[module.__name__]:
        owner, _, method = name.rpartition(".")
        target = vars(getattr(module, owner)).get(method) if owner else getattr(module, method, None)
        if target is not None:
            patches.wrap(target, Quiet(), begin)
