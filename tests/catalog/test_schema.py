"""The tables are drawn once and written down twice; all three say the same."""

import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from modeldb.catalog import open_catalog
from modeldb.catalog.dialect import SQLite
from modeldb.catalog.migrate import MIGRATIONS, upgrade
from modeldb.catalog.migrations.__main__ import render
from modeldb.catalog.opening import SCHEMA_VERSION, schema_sql
from modeldb.catalog.schema import metadata


def _definitions(path: Path) -> dict[str, str]:
    connection = SQLite(path).connect(readonly=True)
    rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    connection.close()
    return {row[0]: " ".join(row[1].replace('"', "").replace("( ", "(").replace(" )", ")").split()) for row in rows}


def _migrated(path: Path) -> None:
    engine = SQLite(path).engine()
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        upgrade(connection, "head", MIGRATIONS)
        connection.commit()
    engine.dispose()


def test_schema_sql_is_what_schema_py_draws() -> None:
    assert schema_sql() == render(), "run python -m modeldb.catalog.migrations"


def test_migrations_lead_to_the_same_tables_as_schema_sql(tmp_path: Path) -> None:
    _migrated(tmp_path / "migrated.sqlite")
    open_catalog(tmp_path / "made.sqlite").close()
    assert _definitions(tmp_path / "migrated.sqlite") == _definitions(tmp_path / "made.sqlite")


def test_nothing_is_left_to_migrate(tmp_path: Path) -> None:
    _migrated(tmp_path / "catalog.sqlite")
    engine = SQLite(tmp_path / "catalog.sqlite").engine()
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_the_version_named_in_the_code_is_the_last_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    script = ScriptDirectory.from_config(config)
    assert script.get_current_head() == SCHEMA_VERSION
    revisions = [revision.revision for revision in script.walk_revisions()]
    assert sorted(revisions, reverse=True) == revisions


def test_every_table_is_strict_and_followed_by_entry(tmp_path: Path) -> None:
    open_catalog(tmp_path / "catalog.sqlite").close()
    definitions = _definitions(tmp_path / "catalog.sqlite")
    bookkeeping = {"counters", "properties", "journal_cursors", "pending_records"}
    for table in metadata.sorted_tables:
        assert "STRICT" in definitions[table.name], table.name
        assert "entry" in table.columns or table.name in bookkeeping, table.name
        if "entry" in table.columns and "entry" not in table.primary_key.columns:
            assert f"ix_{table.name}_entry" in definitions


def test_the_schema_is_one_postgresql_understands_too() -> None:
    from sqlalchemy.dialects import postgresql

    for table in metadata.sorted_tables:
        text = str(sa.schema.CreateTable(table).compile(dialect=postgresql.dialect()))
        assert "STRICT" not in text
        assert "DOUBLE PRECISION" in text or "REAL" not in text
    assert "BOOLEAN" in str(sa.schema.CreateTable(metadata.tables["actions"]).compile(dialect=postgresql.dialect()))


RECORD_AND_DRAIN = """
import sys
from pathlib import Path
from modeldb.catalog import drain, open_catalog
from modeldb.core import codec
from modeldb.core.actions import Metrics
from modeldb.journal import JournalWriter
root = Path(sys.argv[1])
writer = JournalWriter.create(root / "journal")
writer.append(codec.encode(Metrics("r-1", 0.0, ["a"], [1.0])))
with open_catalog(root / "catalog.sqlite") as catalog:
    assert drain(root / "journal", catalog).records == 1
heavy = {"sqlalchemy", "alembic", "numpy", "pandas", "pyarrow", "duckdb"} & set(sys.modules)
assert not heavy, heavy
"""


def test_a_recording_process_loads_no_sqlalchemy_even_to_make_a_catalog(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", RECORD_AND_DRAIN, str(tmp_path)], check=True)
