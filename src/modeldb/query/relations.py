"""What SQL reads, described so that another process can open it too."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import msgspec

from modeldb.query.segments import Segment, open_table


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
