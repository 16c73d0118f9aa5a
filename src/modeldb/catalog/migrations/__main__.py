"""Writes `schema.sql` from `schema.py`: `python -m modeldb.catalog.migrations`."""

from __future__ import annotations

from pathlib import Path

_VERSION_TABLE = """CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
)"""


def render() -> str:
    """CREATE statements for SQLite, one per `;` at a line's end, in a stable order."""
    from sqlalchemy.dialects import sqlite
    from sqlalchemy.schema import CreateIndex, CreateTable

    from modeldb.catalog.schema import metadata

    dialect = sqlite.dialect()
    statements = [_VERSION_TABLE]
    for table in metadata.sorted_tables:
        statements.append(str(CreateTable(table).compile(dialect=dialect)))
        indexes = sorted(table.indexes, key=lambda index: str(index.name))
        statements += [str(CreateIndex(index).compile(dialect=dialect)) for index in indexes]
    return "".join(_tidy(statement) + ";\n" for statement in statements)


def _tidy(statement: str) -> str:
    lines = [line.rstrip().replace("\t", "    ") for line in statement.strip().splitlines()]
    return "\n".join(line for line in lines if line)


if __name__ == "__main__":
    (Path(__file__).parent / "schema.sql").write_text(render(), encoding="utf-8")
