"""Journals written by earlier versions are read by this one. They are kept, never regenerated.

`format-1/` holds one record of every type, as first written; `rows.json` says what rows they leave.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from modeldb.catalog import drain, open_catalog
from modeldb.testing.catalog import dump

KEPT = sorted(path for path in Path(__file__).parent.iterdir() if path.is_dir() and path.name.startswith("format-"))

MOVED = {"action_params": "SELECT p.*, a.action_id FROM action_params p JOIN actions a USING (entry)"}
"""Where a column is found that is not where it was."""


def test_there_is_a_journal_of_every_format() -> None:
    from modeldb.core import codec

    assert [path.name for path in KEPT] == [f"format-{n}" for n in range(1, codec.FORMAT + 1)]


@pytest.mark.parametrize("kept", KEPT, ids=lambda path: path.name)
def test_a_kept_journal_leaves_the_rows_it_always_left(kept: Path, tmp_path: Path) -> None:
    shutil.copytree(kept / "journal", tmp_path / "journal")
    with open_catalog(tmp_path / "catalog.sqlite") as catalog:
        report = drain(tmp_path / "journal", catalog)
        assert report.problems == ()
        rows = _plain(catalog)
    expected = json.loads((kept / "rows.json").read_text())
    for table, found in expected.items():
        # Columns may be added later; those that were there keep their values.
        known = set(found[0]) if found else set()
        assert [{name: row[name] for name in known} for row in rows[table]] == found, table


def _plain(catalog: Any) -> dict[str, list[dict[str, Any]]]:
    plain = {}
    for table in dump(catalog):
        if table == "properties":
            continue
        rows = [dict(row) for row in catalog.query(MOVED.get(table, f"SELECT * FROM {table}"))]
        rows = [
            {name: value.hex() if isinstance(value, bytes) else value for name, value in row.items()} for row in rows
        ]
        plain[table] = sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))
    return plain
