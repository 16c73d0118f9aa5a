"""What every handler is given: ways to read and write one store, and who the server signs for."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from modeldb.core.actions import Annotated
from modeldb.server.http.schemas import AnnotationChange
from modeldb.server.pages.annotations import annotated
from modeldb.server.pages.distributions import KeptRows, Remembered
from modeldb.server.pages.predictions import Sql
from modeldb.server.pages.similar import Similar
from modeldb.server.source import Source
from modeldb.server.tables.loading import Tables
from modeldb.server.tables.shared import SharedData


@dataclass
class State:
    """One per server. Threads: any handler, several at once."""

    source: Source
    sql: Sql
    """The server's own questions."""
    untrusted_sql: Sql
    """Questions somebody typed: in another process, with limits."""
    write: Callable[[Sequence[Annotated]], None]
    """Appends annotations; they can be read when it returns."""
    read_object: Callable[[str], bytes | None]
    """The bytes with this digest; None when they are not in the store."""
    kept_rows: KeptRows
    """The kept rows of a data set."""
    diff: Callable[[str, str], Any]
    """What changed between two things of a kind, by their ids."""
    similar: Similar
    """The models nearest to one."""
    store: str
    """Where the store is, for people to read."""
    user: str
    version: str
    cache: Path | None = None
    """A directory for what can be made again."""
    tables: Tables = field(init=False)
    shared_data: SharedData = field(init=False)
    distributions: Remembered = field(init=False)
    _started: str = field(init=False, default_factory=lambda: secrets.token_hex(4))

    def __post_init__(self) -> None:
        self.tables = Tables(self.source, self.cache and self.cache / "tables.bin")
        self.shared_data = SharedData(self.source)
        self.distributions = Remembered(self.kept_rows)

    def etag(self) -> str:
        """Names the store's content as this server shows it."""
        return f'W/"{self._started}-{self.source.last_entry()}"'

    def annotate(self, changes: Sequence[AnnotationChange]) -> int:
        """Writes tags, notes and hidings; returns how many. Raises NotFound or InvalidInput before any is written."""
        records = annotated(self.source, changes, self.user)
        self.write(records)
        return len(records)
