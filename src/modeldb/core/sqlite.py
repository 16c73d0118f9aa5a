"""Which SQLite library this process uses.

One library per process and file: a second one (or a plain open and close of the file) drops the first one's POSIX
locks and can lose an acknowledged commit. So everything asks here. SQLite before 3.51.3 may corrupt a WAL database
in a rare race (the WAL-reset bug); `pysqlite3` brings a newer one than most systems have.
"""

from __future__ import annotations

import functools
import importlib
from types import ModuleType


@functools.cache
def driver() -> ModuleType:
    """The DB-API module to open SQLite files with."""
    try:
        module = importlib.import_module("pysqlite3.dbapi2")
    except ImportError:
        return importlib.import_module("sqlite3.dbapi2")
    # Without these, every None and bool among a row's values is looked for an adapter in vain: rows with a few of
    # them take four times as long.
    module.register_adapter(type(None), _same)
    module.register_adapter(bool, int)
    return module


def _same(value: None) -> None:
    return value


def has_wal_reset_bug() -> bool:
    """True for a SQLite that may, very rarely, corrupt a WAL database several processes write to."""
    version: tuple[int, int, int] = driver().sqlite_version_info
    branch = version[:2]
    fixed = {(3, 44): (3, 44, 6), (3, 50): (3, 50, 7)}.get(branch, (3, 51, 3))
    return version < fixed
