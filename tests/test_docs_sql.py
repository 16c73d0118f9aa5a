"""docs/sql.md and docs/python.md say what is so: every view and column is in them, every example runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import modeldb
from modeldb.query.views import ALL, FUNCTIONS, View

DOCS = Path(__file__).parents[1] / "docs"
SQL = (DOCS / "sql.md").read_text()
EXAMPLES = re.findall(r"```sql\n(.*?)```", SQL, re.DOTALL)


@pytest.mark.parametrize("view", ALL, ids=lambda view: view.name)
def test_every_view_and_column_is_documented(view: View) -> None:
    section = SQL.split(f"### `{view.name}`\n", 1)[1].split("\n#", 1)[0]
    assert view.summary in section
    rows = re.findall(r"^\| `(\w+)` \| (.*) \|$", section, re.MULTILINE)
    assert rows == list(view.columns.items())


def test_nothing_else_is_documented() -> None:
    assert re.findall(r"^### `(\w+)`$", SQL, re.MULTILINE) == [view.name for view in ALL]
    for name, meaning in FUNCTIONS.items():
        assert f"| `{name}('…')` | {meaning} |" in SQL


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_every_example_runs_and_has_an_answer(recorded_store: Path, number: int) -> None:
    with modeldb.open(recorded_store) as db:
        assert len(db.sql(EXAMPLES[number])) > 0


def test_the_python_examples_run(recorded_store: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    monkeypatch.setenv("MODELDB_STORE", str(recorded_store))
    namespace: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", (DOCS / "python.md").read_text(), re.DOTALL):
        exec(block, namespace)
    namespace["db"].tag(namespace["model"].id, "champion", None)
    namespace["db"].close()
