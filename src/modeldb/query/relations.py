"""What SQL reads, described so that another process can open it too."""

from __future__ import annotations

import importlib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import msgspec

from modeldb.query.segments import Segment, open_table

CALLS_KEPT = 16
"""Results of table functions that are kept at hand, in case they are asked for again."""


def forgettable(held: Mapping[str, object], used: Collection[str]) -> list[str]:
    """Which relations to let go of: results of table functions (`function:argument`) beyond the last few.

    `held` lists them in the order in which they were last used; `used` are needed now.
    """
    calls = [name for name in held if ":" in name and name not in used]
    return calls[: max(0, len(calls) - CALLS_KEPT)]


class Mapped(msgspec.Struct, frozen=True, tag="mapped"):
    """A table in Arrow IPC segments."""

    directory: str
    segments: list[Segment]

    def open(self) -> Any:
        """A pyarrow.Table over the memory-mapped files."""
        return open_table(Path(self.directory), self.segments)


class ParquetFiles(msgspec.Struct, frozen=True, tag="parquet"):
    """A table in Parquet files that share a schema; read lazily, only the columns and row groups a query needs."""

    paths: list[str]
    schema: bytes
    """The Arrow schema in IPC form, so that there is a table even without files."""

    def open(self) -> Any:
        """A pyarrow dataset, or an empty table when there are no files."""
        import pyarrow as pa

        schema = pa.ipc.read_schema(pa.py_buffer(self.schema))
        if not self.paths:
            return pa.Table.from_batches([], schema=schema)
        from pyarrow import dataset

        return dataset.dataset(self.paths, schema=schema, format="parquet")


class Elsewhere(msgspec.Struct, frozen=True, tag="elsewhere"):
    """A table that a part of ours opens from a store's own files when a query asks for it."""

    opener: str
    """`module:function`; called with the arguments, it returns something that can be registered."""
    arguments: dict[str, str]

    def open(self) -> Any:
        """What the opener makes of the arguments."""
        module, _, function = self.opener.partition(":")
        return getattr(importlib.import_module(module), function)(**self.arguments)


Relation = Mapped | ParquetFiles | Elsewhere
