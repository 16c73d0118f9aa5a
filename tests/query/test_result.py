"""Results print, export and iterate."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from pathlib import Path

import pytest

from modeldb.database import Database
from modeldb.errors import InvalidInput
from modeldb.query.layout import display_width, number
from modeldb.query.result import Result

ROWS = [
    ("m-3f9a3f9a3f9a3f9a", 0.123456, 3, True, datetime(2026, 1, 2, 3, 4, 5), [1.5, 2.0], {"a": 0.5}, 'text, "quoted"'),
    ("m-0000000000000000", None, None, None, None, None, None, "<script>alert('日本')</script>\x1b[31m\n2"),
]
COLUMNS = ("model_id", "value", "n", "flag", "at", "list", "map", "text")


@pytest.fixture
def result() -> Result:
    return Result(COLUMNS, ROWS)


def test_rows_come_out_as_they_are(result: Result) -> None:
    assert list(result) == result.rows() == ROWS
    assert len(result) == 2 and result[1] == ROWS[1]
    assert result.dicts()[0]["value"] == 0.123456
    assert result.column("n") == [3, None]
    assert Result(("a",), [(1,)]).scalar() == 1
    with pytest.raises(ValueError, match="2 rows"):
        result.scalar()


@pytest.mark.parametrize("width", [40, 80, 160])
def test_tables_keep_to_the_width_and_never_cut_ids(result: Result, width: int) -> None:
    text = result.to_text(width=width)
    assert all(display_width(line) <= width for line in text.splitlines())
    assert "m-3f9a3f9a3f9a3f9a" in text and "0.1235" in text
    assert "\x1b" not in text


def test_a_column_that_is_not_there_is_named_with_those_that_are(result: Result) -> None:
    with pytest.raises(InvalidInput, match=f"no column 'colour'; it has {result.columns[0]}"):
        result.column("colour")
    with pytest.raises(InvalidInput, match="not one value"):
        result.scalar()


def test_more_rows_than_are_shown_are_counted() -> None:
    many = Result(("n",), [(i,) for i in range(100)])
    assert "(60 of 100 rows)" in str(many)
    assert "(the first 100; there are more)" in Result(("n",), many.rows(), truncated=True).to_text(max_rows=None)
    assert "(no rows)" in str(Result(("n",), []))


def test_numbers_keep_four_significant_digits() -> None:
    shown = {0.123456: "0.1235", 1.0: "1.0", 1234567.8: "1234568", 1e-9: "1e-09", 1e12: "1e+12", -0.5: "-0.5"}
    assert {value: number(value) for value in shown} == shown
    assert number(float("nan")) == "nan" and number(0.0) == "0.0"


def test_html_is_escaped(result: Result) -> None:
    html = result._repr_html_()
    assert "<script>" not in html and "&lt;script&gt;" in html
    assert html.count("<tr>") == 3


def test_csv_and_json_read_back(result: Result, tmp_path: Path) -> None:
    rows = list(csv.reader(io.StringIO(result.to_csv())))
    assert tuple(rows[0]) == COLUMNS and rows[1][1] == "0.123456" and rows[2][7] == ROWS[1][7]
    loaded = json.loads(result.to_json() or "")
    assert loaded[0]["at"] == "2026-01-02T03:04:05Z" and loaded[0]["map"] == {"a": 0.5} and loaded[1]["n"] is None
    result.to_json(tmp_path / "a.json")
    assert json.loads((tmp_path / "a.json").read_text()) == loaded


def test_names_that_occur_twice_survive_in_json() -> None:
    assert json.loads(Result(("name", "name"), [("a", "b")]).to_json() or "") == [{"name": "a", "name_1": "b"}]


def test_frames_and_parquet(db: Database, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    result = db.sql("SELECT model_id, type, created_at, role = 'model' AS own FROM models ORDER BY model_id")
    assert list(result.df()["model_id"]) == result.pl()["model_id"].to_list() == result.column("model_id")
    result.to_parquet(tmp_path / "models.parquet")
    assert pq.read_table(tmp_path / "models.parquet").num_rows == len(result)
    assert db.runs().arrow().num_rows == 30


def test_sums_of_integers_are_integers(db: Database) -> None:
    value = db.sql("SELECT sum(n_rows) FROM datasets").scalar()
    assert isinstance(value, int)


def test_one_long_value_does_not_push_the_others_out_of_sight() -> None:
    long = Result(("name", "value"), [("columns", "x" * 5000), ("C", "1.0")])
    text = long.to_text(width=100_000)
    assert max(map(len, text.splitlines())) < 140 and "x" * 100 + "" in text and "…" in text
    assert long.to_text(width=60).count("\n") == 3
