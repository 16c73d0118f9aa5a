"""Kept datasets come back as the very dataset they were, whatever container they came from."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from hypothesis.extra import pandas as hpd

from modeldb.errors import NotCapturable, NotFound, StoreDamaged
from modeldb.examples import columns, kept
from modeldb.objects import ObjectStore, open_store
from modeldb.objects.columns import digest, row_digests

_FRAME = pd.DataFrame(
    {
        "int": [1, 2, 3],
        "float": [0.5, np.nan, -0.0],
        "text": ["a", None, "ü\0b"],
        "flag": [True, False, True],
        "when": pd.to_datetime(["2020-01-01", None, "2021-02-03"]),
        "zoned": pd.to_datetime(["2020-01-01", None, "2021-02-03"]).tz_localize("Europe/Berlin"),
        "since": pd.to_timedelta([1, None, 3], unit="s"),
        "kind": pd.Categorical(["x", None, "y"], categories=["y", "x", "z"], ordered=True),
        "Int64": pd.array([1, None, 3], dtype="Int64"),
        "boolean": pd.array([True, None, False], dtype="boolean"),
        "mixed": [1, "two", None],
        "day": [dt.date(2020, 1, 1), None, dt.date(1960, 5, 6)],
        "bytes": [b"a", b"", b"\0"],
        "small": np.array([1, 2, 255], "uint8"),
    }
)

UNITS = ["D", "h", "m", "s", "ms", "us", "ns", "ps"]

TABLES = {
    "frame of many types": _FRAME,
    "frame with an index": _FRAME[["int", "text"]].set_index("text"),
    "frame with two levels of index": _FRAME.set_index(["int", "kind"])[["float"]],
    "frame with labels that are no texts": pd.DataFrame({0: [1.0], "0": [2.0], ("a", 1): [3.0]}),
    "frame without rows": _FRAME[:0],
    "frame sorted by something else": _FRAME[["int"]].iloc[[2, 0, 1]],
    "series": pd.Series([1, 2, 3], name="y"),
    "series with an index": pd.Series(["a", "b"], index=[7, 9], name=3),
    "vector": np.arange(5, dtype="f4"),
    "vector of text": np.array(["a", "bc"]),
    "vector of objects": np.array(["a", 1, None, 2.5, True], object),
    "array": np.arange(12.0).reshape(4, 3),
    "array in the other order": np.asfortranarray(np.arange(12).reshape(4, 3)),
    "big-endian array": np.arange(6, dtype=">i4").reshape(3, 2),
    "array of three axes": np.arange(24, dtype="u1").reshape(2, 3, 4),
    "list": [1, 2, 3],
    "list of rows": [[1, "a"], [2, "b"]],
    "complex": np.array([1 + 2j, np.nan]),
    **{f"times in {unit}": np.array([-1, "NaT", 7], f"M8[{unit}]") for unit in UNITS},
    **{f"spans in {unit}": np.array([-1, "NaT", 7], f"m8[{unit}]") for unit in [*UNITS, "M"]},
    "half": np.array([1.5, 2.5], "f2"),
    "polars": pl.DataFrame({"a": [1, None], "b": ["x", "y"]}),
    "arrow": pa.table({"a": [1, 2], "b": ["x", None]}),
    "sparse": scipy.sparse.random(20, 5, 0.3, "csr", random_state=0),
}


@pytest.fixture
def objects() -> ObjectStore:
    return open_store(f"memory://{np.random.default_rng().integers(2**60)}")


@pytest.mark.parametrize("name", TABLES)
def test_a_table_comes_back_as_the_same_dataset(objects: ObjectStore, name: str) -> None:
    value = TABLES[name]
    known = digest(value)
    assert known is not None
    stored = kept.write(objects, value, known)
    back = kept.load(objects, stored.digests, known.digest)
    assert np.array_equal(kept.read_rows(objects, stored.digests[-1]), row_digests(value))
    if isinstance(value, pd.DataFrame):
        pd.testing.assert_frame_equal(back, value, check_dtype=len(value) > 0)
    elif isinstance(value, pd.Series):
        pd.testing.assert_series_equal(back, value)
    elif isinstance(value, np.ndarray):
        assert back.shape == value.shape
        assert str(back.tolist()) == str(value.tolist())


@pytest.mark.parametrize("name", TABLES)
def test_sql_sees_every_table(objects: ObjectStore, name: str) -> None:
    import duckdb

    value = TABLES[name]
    table = kept.to_arrow(kept.read(objects, kept.write(objects, value).digests))
    assert table.column_names[:2] == ["row", "example"]
    connection = duckdb.connect()
    connection.register("t", table)
    rows = connection.sql('SELECT * FROM t ORDER BY "row"').fetchall()
    assert [row[0] for row in rows] == list(range(len(rows)))
    assert len({name.lower() for name in table.column_names}) == table.num_columns


@pytest.mark.parametrize("unit", UNITS)
def test_sql_sees_times_of_every_unit_as_times(objects: ObjectStore, unit: str) -> None:
    moments = np.array(["1969-12-31T05", "NaT", "1970-03-17T12"], "M8[h]").astype(f"M8[{unit}]")
    spans = moments - np.array(0, moments.dtype)
    for values, kind in ((moments, pa.timestamp("us")), (spans, pa.duration("us"))):
        table = kept.to_arrow(kept.read(objects, kept.write(objects, values).digests))
        assert table.column(2).cast(kind).to_pylist() == values.astype(f"{values.dtype.kind}8[us]").tolist()


def test_what_objects_cannot_say_is_not_kept(objects: ObjectStore) -> None:
    for value in (pd.Series([object(), object()]), pd.Series([{1, 2}, None])):
        with pytest.raises(NotCapturable):
            kept.write(objects, value, digest(value))


def test_another_version_adds_only_what_changed(objects: ObjectStore) -> None:
    first = kept.write(objects, _FRAME)
    second = kept.write(objects, _FRAME.assign(float=[1.0, 2.0, 3.0]))
    same = [a == b for a, b in zip(first.digests[:14], second.digests[:14], strict=True)]
    assert same == [name != "float" for name in _FRAME]
    array = kept.write(objects, _FRAME[["int", "small"]].to_numpy()[:, :1].astype("i8"))
    assert array.digests[0] == first.digests[0]


def test_damage_is_found(objects: ObjectStore) -> None:
    known = digest(_FRAME)
    assert known is not None
    stored = kept.write(objects, _FRAME, known)
    swapped = [stored.digests[-2 - 1], *stored.digests[1:]]
    with pytest.raises(StoreDamaged, match="fsck"):
        kept.load(objects, swapped, known.digest)
    with pytest.raises(StoreDamaged):
        columns.decode(b"\0\0\0\0")
    with pytest.raises(NotFound):
        kept.read(objects, ["0" * 32] * 4)


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        hnp.arrays(hnp.scalar_dtypes(), hnp.array_shapes(max_dims=3, min_side=1, max_side=5)),
        hpd.data_frames(
            [hpd.column("a", dtype=float), hpd.column("b", dtype=int), hpd.column("c", elements=st.text(max_size=3))]
        ),
    )
)
def test_any_table_comes_back_or_is_refused(value: Any) -> None:
    objects = open_store(f"memory://any{np.random.default_rng().integers(2**60)}")
    known = digest(value)
    if known is None:
        return
    try:
        stored = kept.write(objects, value, known)
    except NotCapturable:
        return
    back = digest(kept.load(objects, stored.digests, known.digest))
    assert back is not None and back.digest == known.digest
