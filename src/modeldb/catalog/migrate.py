"""Brings an older catalog to the present schema. Forward only; the backup is the way back."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

from modeldb.catalog.dialect import SQLite

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(dialect: SQLite, target: str, *, written_by: str, migrations: Path | None = None) -> Path | None:
    """Migrates to a schema version in one transaction; returns the path of the backup made before.

    Other writers wait meanwhile. None when another process has migrated it in the meantime.
    """
    with dialect.errors(), dialect.queue():
        version = _version(dialect)
        if version == target:
            return None
        backup = _back_up(dialect, version)
        engine = dialect.engine()
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            upgrade(connection, target, migrations or MIGRATIONS)
            connection.exec_driver_sql("UPDATE properties SET value = ? WHERE name = 'written_by'", (written_by,))
            connection.commit()
        engine.dispose()
    print(f"modeldb: migrated {dialect} from schema {version} to {target}; backup: {backup}", file=sys.stderr)
    return backup


def _version(dialect: SQLite) -> str:
    connection = dialect.connect(readonly=True)
    try:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    finally:
        connection.close()


def _back_up(dialect: SQLite, version: str) -> Path:
    stamp = time.strftime("%Y%m%dT%H%M%S")
    target = dialect.path.with_name(f"{dialect.path.stem}-{version}-{stamp}.backup.sqlite")
    connection = dialect.connect(readonly=True)
    try:
        dialect.back_up(connection, target)
    finally:
        connection.close()
    return target


def upgrade(connection: Any, target: str, migrations: Path) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, target)
