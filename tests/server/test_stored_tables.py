"""The tables in the store's cache: what is recalled is what was there, follows on, and is never somebody else's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from modeldb.core.actions import Annotated, Record
from modeldb.database import Database
from modeldb.server.source import Row, Source
from modeldb.server.tables import loading
from modeldb.server.tables.loading import Tables
from modeldb.testing.synthetic import fill, records

from .conftest import make_database


class Counting:
    """A catalog that counts the rows it is asked for."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.n_rows = 0

    def last_entry(self) -> int:
        return self._source.last_entry()

    def query(self, sql: str, params: Any = (), /) -> Any:
        rows: list[Row] = list(self._source.query(sql, params))
        self.n_rows += len(rows)
        return rows


def everything(tables: Tables) -> dict[tuple[str, str], list[Any]]:
    found = {}
    for of, snapshot in (("models", tables.models()), ("runs", tables.runs())):
        found |= {(of, key): snapshot.column(key).values for key in snapshot.keys}
        found[of, "ids"] = list(snapshot.ids)
        found[of, "chosen"] = sorted(snapshot.chosen)
    return found


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(loading, "WORTH_KEEPING", 1)
    return tmp_path / "cache" / "tables.bin"


def kept(db: Database, file: Path) -> Tables:
    tables = Tables(db.catalog, file)
    tables.models()
    tables.keep()
    assert file.exists()
    return tables


def test_what_is_recalled_is_what_was_there(own_db: Database, file: Path) -> None:
    kept(own_db, file)
    source = Counting(own_db.catalog)
    assert everything(Tables(source, file)) == everything(Tables(own_db.catalog))
    assert source.n_rows < 30, "nothing but what decides whether the file is right is read"


def test_what_landed_since_is_added(own_db: Database, file: Path) -> None:
    tables = kept(own_db, file)
    more = [*records(4, seed=1)]
    model = tables.models().ids[0]
    more.append([Annotated(model, "tag", "stage", "production", "ada", 2e9)])
    fill(own_db.catalog, more, "later")
    assert everything(Tables(own_db.catalog, file)) == everything(Tables(own_db.catalog))


def test_weaker_evidence_stays_weaker(own_db: Database, file: Path) -> None:
    kept(own_db, file)
    recalled, whole = Tables(own_db.catalog, file), Tables(own_db.catalog)
    assert recalled.models().n == whole.models().n
    assert recalled._weak == whole._weak
    assert recalled._newest_model == whole._newest_model != {}


@pytest.mark.parametrize("damage", [b"", b"not a table", None])
def test_a_damaged_file_is_as_good_as_none(own_db: Database, file: Path, damage: bytes | None) -> None:
    kept(own_db, file)
    file.write_bytes(file.read_bytes()[:-7] if damage is None else damage)
    assert everything(Tables(own_db.catalog, file)) == everything(Tables(own_db.catalog))


def test_the_file_of_another_catalog_is_not_taken(own_db: Database, file: Path, tmp_path: Path) -> None:
    kept(own_db, file)
    other: list[list[Record]] = list(records(12, seed=5))
    with make_database(tmp_path / "other", other) as db:
        assert everything(Tables(db.catalog, file)) == everything(Tables(db.catalog))


def test_little_news_is_not_worth_a_file(own_db: Database, tmp_path: Path) -> None:
    tables = Tables(own_db.catalog, tmp_path / "tables.bin")
    tables.models()
    tables.keep()
    assert not (tmp_path / "tables.bin").exists()


def test_a_place_that_cannot_be_written_is_no_trouble(own_db: Database, file: Path) -> None:
    file.parent.write_text("a file where the directory should be")
    tables = Tables(own_db.catalog, file)
    tables.models()
    tables.keep()
    assert everything(tables) == everything(Tables(own_db.catalog))
