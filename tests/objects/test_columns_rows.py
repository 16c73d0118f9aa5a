"""Rows are known again after splits, shuffles and conversions, and columns are described in numbers."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from modeldb.objects.columns import row_digests, rows_digest, statistics


@pytest.fixture(scope="module")
def frame():
    random = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "x": random.normal(size=2000),
            "n": random.integers(0, 50, 2000),
            "s": random.choice(["a", "b", None], 2000),
            "c": pd.Categorical(random.choice(["u", "v"], 2000)),
            "t": pd.date_range("2024-01-01", periods=2000, freq="h"),
            "o": pd.Series([(at, None) for at in range(2000)], dtype=object),
        }
    )


def test_rows_are_different_and_survive_a_split(frame):
    digests = row_digests(frame)
    assert digests.dtype == np.uint64 and len(set(digests.tolist())) == len(frame)
    train, test = train_test_split(frame, random_state=0)
    assert row_digests(train).tolist() == digests[train.index].tolist()
    both = np.concatenate([row_digests(train), row_digests(test)])
    assert rows_digest(both) == rows_digest(digests)
    assert rows_digest(row_digests(train)) != rows_digest(row_digests(test))
    assert rows_digest(np.append(digests, digests[:1])) != rows_digest(digests)


def test_names_and_index_play_no_part_but_order_of_columns_does(frame):
    digests = row_digests(frame)
    assert (row_digests(frame.set_axis(list("fedcba"), axis=1).set_index(frame.x)) == digests).all()
    assert not (row_digests(frame[frame.columns[::-1]]) == digests).any()
    numbers = frame[["x", "n"]]
    assert not (row_digests(numbers) == row_digests(numbers[["x"]])).any()


def test_one_cell_changes_one_row(frame):
    digests = row_digests(frame)
    for name, value in {"x": 0.0, "n": 77, "s": "z", "c": None, "t": pd.NaT}.items():
        changed = frame.copy()
        changed.loc[1234, name] = value
        assert np.flatnonzero(row_digests(changed) != digests).tolist() == [1234], name


def test_containers_and_layouts_share_row_digests(frame):
    plain = frame.drop(columns="o")
    digests = row_digests(plain).tolist()
    arrow = pa.Table.from_pandas(plain)
    assert row_digests(arrow).tolist() == digests
    assert row_digests(pl.from_pandas(plain)).tolist() == digests
    array = np.where(np.random.default_rng(0).random((300, 40)) < 0.1, 2.5, 0)
    expected = row_digests(array).tolist()
    for value in (np.asfortranarray(array), pd.DataFrame(array), sp.csr_matrix(array), sp.coo_array(array)):
        assert row_digests(value).tolist() == expected
    assert row_digests(array.tolist()).tolist() == expected
    half = np.asarray(array, dtype="f4")
    assert row_digests(half).tolist() == expected


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=30, unique=True))
def test_integers_are_told_apart_beyond_the_reach_of_doubles(values):
    digests = row_digests(np.array(values))
    assert len(set(digests.tolist())) == len(values)
    small = np.array([value % 2**40 for value in values])
    assert row_digests(small).tolist() == row_digests(small.astype("f8")).tolist()


def test_many_rows_do_not_collide():
    grid = np.stack(np.meshgrid(np.arange(1000), np.arange(300)), axis=-1).reshape(-1, 2)
    assert len(np.unique(row_digests(grid))) == len(grid)
    bits = (np.arange(2**16)[:, None] >> np.arange(16)) & 1
    assert len(np.unique(row_digests(bits.astype(bool)))) == 2**16


def test_row_digests_are_pinned():
    rows = row_digests(pd.DataFrame({"a": [1.5, None], "b": [3, 2**60 + 1], "c": ["x", None]}))
    assert [f"{digest:016x}" for digest in rows.tolist()] == ROWS
    assert rows_digest(rows) == ALL_ROWS


ROWS = ["206c73c5f5cede03", "5389f4184a3c6f21"]
ALL_ROWS = "17b3ee01d1b88083194eb589b8ea3b58"


def test_a_value_without_rows_is_refused():
    with pytest.raises(TypeError, match="dict has no rows"):
        row_digests({"a": 1})


def test_statistics_agree_with_pandas(frame):
    found = {column.name: column for column in statistics(frame)}
    for name in ("x", "n"):
        column, series = found[name], frame[name]
        assert (column.n_null, column.n_distinct) == (0, series.nunique())
        assert (column.min, column.max) == (series.min(), series.max())
        assert column.mean == pytest.approx(series.mean()) and column.std == pytest.approx(series.std())
    text = found["s"]
    assert (text.n_null, text.n_distinct, text.min, text.max) == (frame.s.isna().sum(), 2, "a", "b")
    assert (found["c"].min, found["c"].max, found["c"].mean) == ("u", "v", None)
    assert str(found["t"].min).startswith("2024-01-01T00:00")
    assert (found["o"].n_distinct, found["o"].min) == (2000, None)
    assert [column.position for column in statistics(frame)] == list(range(6))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([1, None, 3], ("int64", 1, 2, 1, 3, 2.0)),
        ([1.0, math.nan, 1.0], ("float64", 1, 1, 1.0, 1.0, 1.0)),
        ([True, False, True, True], ("bool", 0, 2, 0, 1, 0.75)),
        ([None, None], ("null", 2, 0, None, None, None)),
        (np.zeros(0), ("float64", 0, 0, None, None, None)),
        (np.array([1 + 2j, 1 + 2j]), ("complex128", 0, 1, None, None, None)),
        (np.array(["2020-01-02", "NaT"], dtype="M8[D]"), ("date", 1, 1, "2020-01-02", "2020-01-02", None)),
        (np.array([1.0, math.inf]), ("float64", 0, 2, 1.0, math.inf, None)),
        (sp.csc_matrix([[0.0], [4.0], [0.0], [0.0]]), ("float64", 0, 2, 0.0, 4.0, 1.0)),
        (pd.Series([1, None, "x"], dtype=object), ("object", 1, 2, None, None, None)),
        (np.array([2**63 + 1, 3], dtype="u8"), ("uint64", 0, 2, 3, 2**63 + 1, pytest.approx(2**62 + 2))),
    ],
)
def test_statistics_of_a_column(value, expected):
    (column,) = statistics(value)
    found = (column.dtype, column.n_null, column.n_distinct, column.min, column.max, column.mean)
    assert found == expected


def test_statistics_of_sparse_and_dense_agree():
    array = np.where(np.random.default_rng(0).random((300, 10)) < 0.1, -2.5, 0)
    array[5, 3] = math.nan
    for dense, sparse in zip(statistics(array), statistics(sp.csr_matrix(array)), strict=True):
        assert (dense.n_null, dense.n_distinct, dense.min, dense.max) == (
            sparse.n_null,
            sparse.n_distinct,
            sparse.min,
            sparse.max,
        )
        assert dense.mean == pytest.approx(sparse.mean) and dense.std == pytest.approx(sparse.std)


def test_no_library_is_imported_for_values_that_do_not_come_from_it():
    code = """
import sys
import modeldb.objects.columns as columns
import numpy as np
for value in ([1, 2], ["a", None], np.ones((3, 2)), np.array(["a", 1], dtype=object), {"a": 1}):
    columns.is_tabular(value), columns.digest(value), columns.statistics(value)
print(sorted({"pandas", "polars", "pyarrow", "scipy", "sklearn"} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_polars_values_are_read_without_pyarrow():
    code = """
import sys, datetime as dt
import modeldb.objects.columns as columns
import polars as pl
frame = pl.DataFrame({"a": [1, None], "s": ["x", None], "d": [dt.date(2020, 1, 1), None], "l": [[1], []]})
frame = frame.with_columns(c=pl.col("s").cast(pl.Categorical), b=pl.col("a") > 0)
columns.digest(frame), columns.row_digests(frame), columns.statistics(frame)
print("pyarrow" in sys.modules, "pandas" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False False"
