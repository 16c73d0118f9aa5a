"""numpy: readers and writers, and the joins people build a feature matrix with."""

from __future__ import annotations

from types import ModuleType

from modeldb.client.recorder import begin
from modeldb.integrations.imports import PostImport
from modeldb.integrations.patching import Patches
from modeldb.integrations.tables import Reader, TableMethod, Writer, names_of

READERS = ("load", "loadtxt", "genfromtxt")
WRITERS = ("save", "savez", "savez_compressed", "savetxt")
FUNCTIONS = ("hstack", "vstack", "column_stack", "stack", "nan_to_num")


def install(patches: Patches, imports: PostImport) -> None:
    imports.when("numpy", lambda module: _hook(patches, module))


def _hook(patches: Patches, numpy: ModuleType) -> None:
    kinds = [(READERS, Reader, "read"), (WRITERS, Writer, "write"), (FUNCTIONS, TableMethod, "transform")]
    for names, hook, kind in kinds:
        for name in names:
            target = getattr(numpy, name, None)
            if target is not None:
                patches.wrap(target, hook(kind, f"numpy.{name}", names_of(target), "numpy"), begin)
