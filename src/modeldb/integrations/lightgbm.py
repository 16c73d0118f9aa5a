"""LightGBM's own interface: `Dataset`, `train`, `cv` and `Booster`."""

from __future__ import annotations

from types import ModuleType

from modeldb.integrations import boosters
from modeldb.integrations.imports import PostImport
from modeldb.integrations.patching import Patches


def install(patches: Patches, imports: PostImport) -> None:
    imports.when("lightgbm", lambda module: _hook(patches, module))


def _hook(patches: Patches, lightgbm: ModuleType) -> None:
    boosters.hook(patches, lightgbm, ("Dataset",))
