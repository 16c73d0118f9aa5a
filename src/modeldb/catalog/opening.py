"""Opens a catalog: makes a new one, migrates an old one, refuses a newer one.

The usual case, a catalog of the present version, costs one query. A new one is made from `schema.sql`, the same
tables as `schema.py` draws as text, so that a recording process need not load SQLAlchemy.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import modeldb
from modeldb.catalog.catalog import Catalog
from modeldb.catalog.dialect import SQLite
from modeldb.errors import InvalidInput, NotFound, StoreDamaged, StoreReadOnly, StoreTooNew

SCHEMA_VERSION = "0002"
"""The last of `migrations/versions`; revisions are numbered in order."""


def open_catalog(url_or_path: str | Path, *, readonly: bool = False, create: bool = True) -> Catalog:
    """The catalog in this file, of the present schema version.

    A missing one is made if `create` allows it, else NotFound. An older one is migrated after a backup copy was made
    beside it. A newer one raises StoreTooNew. What cannot be written can be opened with `readonly`; writing to it
    then raises StoreReadOnly.
    """
    dialect = _dialect(url_or_path)
    if not dialect.exists():
        if readonly or not create:
            raise NotFound(f"There is no catalog at {dialect}. Make a store with `modeldb init`.")
        _create(dialect)
    with dialect.errors():
        version, written_by = _version(dialect)
    if version is None:
        _create(dialect)
    elif version > SCHEMA_VERSION:
        raise StoreTooNew(
            f"The catalog {dialect} has schema version {version}, written by ModelDB {written_by}; this is ModelDB "
            f'{_package_version()}, which knows up to {SCHEMA_VERSION}. pip install -U "modeldb>={written_by}".'
        )
    elif version < SCHEMA_VERSION:
        if readonly:
            raise StoreReadOnly(
                f"The catalog {dialect} has schema version {version} and must be migrated to {SCHEMA_VERSION}, "
                "which cannot be done reading only. Open it once for writing, for instance by `modeldb sync`."
            )
        from modeldb.catalog.migrate import migrate

        migrate(dialect, SCHEMA_VERSION, written_by=_package_version())
    return Catalog(dialect, readonly=readonly)


def _dialect(url_or_path: str | Path) -> SQLite:
    text = str(url_or_path)
    if text.startswith("sqlite:///"):
        text = text.removeprefix("sqlite:///")
    elif "://" in text:
        scheme = text.partition("://")[0]
        raise InvalidInput(f"A catalog cannot be kept at {scheme}://…: give the path of a SQLite file.")
    return SQLite(Path(text))


def _version(dialect: SQLite) -> tuple[str | None, str]:
    """The schema version and who wrote it; None for a database without tables."""
    connection = dialect.connect(readonly=True)
    try:
        # In this order: another process may make all of them, at once, between the two looks.
        if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            return None, ""
        if not dialect.has_table(connection, "alembic_version"):
            raise StoreDamaged(
                f"{dialect} is a SQLite database but not a catalog. Choose another store with MODELDB_STORE."
            )
        version = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        writer = connection.execute("SELECT value FROM properties WHERE name = 'written_by'").fetchone()
        return (version[0] if version else None), (writer[0] if writer else "of unknown version")
    finally:
        connection.close()


def _create(dialect: SQLite) -> None:
    """Makes the tables, unless another process has just done so."""
    try:
        dialect.path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreReadOnly(
            f"A catalog cannot be made at {dialect}: {error.strerror}. Choose another store with MODELDB_STORE."
        ) from error
    with dialect.errors():
        with dialect.queue():
            connection = dialect.connect()
            try:
                dialect.prepare(connection)
            except BaseException:
                connection.close()
                raise
        try:
            with dialect.transaction(connection) as sql:
                if not dialect.has_table(connection, "alembic_version"):
                    _create_tables(sql)
        finally:
            connection.close()


def _create_tables(sql: Any) -> None:
    for statement in schema_sql().split(";\n"):
        if statement.strip():
            sql.execute(statement)
    sql.execute("INSERT INTO alembic_version (version_num) VALUES (?)", (SCHEMA_VERSION,))
    sql.execute("INSERT INTO properties (name, value) VALUES ('written_by', ?)", (_package_version(),))
    sql.execute("INSERT INTO counters (name, value) VALUES ('entry', 0)")


def schema_sql() -> str:
    """The CREATE statements of `schema.py` for SQLite; `python -m modeldb.catalog.migrations` writes them."""
    return (Path(__file__).parent / "migrations" / "schema.sql").read_text("utf-8")


def _package_version() -> str:
    return modeldb.__version__
