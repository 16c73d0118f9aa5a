"""imbalanced-learn: its metrics, loaders and splitters. Its samplers are estimators like all others."""

from __future__ import annotations

from types import ModuleType

from modeldb.client.recorder import begin
from modeldb.integrations.imports import PostImport
from modeldb.integrations.patching import Patches

KINDS = {
    "imblearn.metrics": "evaluate",
    "imblearn.datasets": "read",
    "imblearn.model_selection": "cross_validate",
}
"""Package → the kind of action a call of one of its public functions is."""


def install(patches: Patches, imports: PostImport) -> None:
    for package in KINDS:
        imports.when(package, lambda module: _hook(patches, module))


def _hook(patches: Patches, module: ModuleType) -> None:
    # Not before: imbalanced-learn may be imported lazily, and so may scikit-learn.
    from modeldb.integrations.sklearn.functions import hook_functions

    hook_functions(patches, begin, module, KINDS[module.__name__])
