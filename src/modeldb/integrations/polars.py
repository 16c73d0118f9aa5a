"""polars: readers and writers. What lies between is found by its columns' content."""

from __future__ import annotations

from types import ModuleType

from modeldb.client.recorder import begin
from modeldb.integrations.imports import PostImport
from modeldb.integrations.patching import Patches
from modeldb.integrations.tables import Reader, TableMethod, Writer, names_of

READERS = [
    "read_csv",
    "read_parquet",
    "read_ipc",
    "read_json",
    "read_ndjson",
    "read_excel",
    "read_avro",
    "read_database",
    "scan_csv",
    "scan_parquet",
    "scan_ipc",
]
WRITERS = ["write_csv", "write_parquet", "write_ipc", "write_json", "write_ndjson", "write_excel", "write_avro"]
METHODS = [
    "select",
    "with_columns",
    "filter",
    "drop",
    "drop_nulls",
    "join",
    "sort",
    "sample",
    "head",
    "tail",
    "unique",
    "fill_null",
    "cast",
    "to_numpy",
    "to_pandas",
    "group_by",
]


def install(patches: Patches, imports: PostImport) -> None:
    imports.when("polars", lambda module: _hook(patches, module))


def _hook(patches: Patches, polars: ModuleType) -> None:
    for name in READERS:
        target = getattr(polars, name, None)
        if target is not None:
            patches.wrap(target, Reader("read", f"polars.{name}", names_of(target), "polars"), begin)
    for names, hook, kind in ((WRITERS, Writer, "write"), (METHODS, TableMethod, "transform")):
        for name in names:
            target = vars(polars.DataFrame).get(name)
            if target is not None:
                operation = f"polars.DataFrame.{name}"
                patches.wrap(target, hook(kind, operation, names_of(target), "polars"), begin)
