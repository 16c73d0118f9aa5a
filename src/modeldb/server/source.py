"""What the server reads the catalog through: rows by SQL, and the number of the last entry.

Kept this small so that the tables and pages can be tested on any catalog, and so that nothing in the server depends
on how the catalog is opened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

Row = Sequence[Any]


class Source(Protocol):
    """Read access to the catalog.

    Threads: any thread may call, several at once.
    """

    def last_entry(self) -> int:
        """The number of the last entry applied; 0 for an empty store. Cheap enough to ask on every request."""
        ...

    def query(self, sql: str, params: Mapping[str, Any] = ..., /) -> Sequence[Row]:
        """The rows of one SELECT over the catalog's tables, with `:name` parameters."""
        ...
