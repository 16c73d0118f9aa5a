"""What every handler is given: the database, the tables kept in memory, and who the server signs for."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from modeldb.server.source import Source
from modeldb.server.tables.loading import Tables

if TYPE_CHECKING:
    from modeldb.database import Database


@dataclass
class State:
    """One per server. Threads: any handler, several at once."""

    db: Database
    source: Source
    store: str
    """Where the store is, for people to read."""
    user: str
    version: str
    tables: Tables = field(init=False)
    _started: str = field(init=False, default_factory=lambda: secrets.token_hex(4))

    def __post_init__(self) -> None:
        self.tables = Tables(self.source)

    def etag(self) -> str:
        """Names the store's content as this server shows it."""
        return f'W/"{self._started}-{self.source.entry()}"'
