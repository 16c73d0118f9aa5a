"""A key names the same example whatever type its column has, and a row without one goes by its digest."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from modeldb.objects.columns import key_digest, key_digests, row_digests

NOON = dt.datetime(2024, 5, 17, 12)
BERLIN = dt.timezone(dt.timedelta(hours=2))
UNITS = ["h", "m", "s", "ms", "us", "ns"]
MIXED = [
    "u",
    7,
    2.5,
    True,
    b"raw",
    -(2**60) - 1,
    2**63 + 5,
    2**70,
    NOON,
    NOON.replace(tzinfo=BERLIN),
    NOON.date(),
    dt.timedelta(days=-3, microseconds=4),
    dt.time(12),
    pd.Timestamp("2024-05-17T12:00:00.000000001"),
    pd.Timestamp("-0044-03-15").as_unit("s"),
    pd.Timedelta("1ns"),
    np.datetime64("2024-05-17", "D"),
    np.timedelta64(6, "s"),
    (1, 2.5),
    decimal.Decimal("1.10"),
    uuid.UUID(int=5),
]


def keys_of(values: object) -> list[int]:
    digests = key_digests(pd.DataFrame({"id": values}), ["id"])
    assert digests is not None
    return digests.tolist()


def test_rows_without_a_key_among_objects_go_by_their_digest():
    frame = pd.DataFrame({"id": pd.Series([7, None, float("nan"), pd.NA, np.float64("nan"), "u"], dtype=object)})
    frame["x"] = np.arange(6.0)
    digests, rows = key_digests(frame, ["id"]), row_digests(frame)
    assert digests[1:5].tolist() == rows[1:5].tolist()
    assert len(set(digests.tolist())) == 6
    assert [digests[0], digests[5]] == [key_digest({"id": 7}), key_digest({"id": "u"})]
    assert not (key_digests(frame, ["id", "x"]) == rows)[[0, 5]].any()


def test_each_value_among_others_is_the_key_it_is_alone():
    found = keys_of(pd.Series([*MIXED, None], dtype=object))
    for value, digest in zip(MIXED, found, strict=False):
        assert digest == key_digest({"id": value}), repr(value)
    same = {NOON.date(): np.datetime64("2024-05-17", "D")}  # all others are different
    assert len(set(found)) == len(found) - len(same)
    wrapped = pd.Series([np.str_("u"), np.int16(7), np.float32(2.5), np.bool_(True), None], dtype=object)
    assert keys_of(wrapped)[:4] == found[:4]


@pytest.mark.parametrize(
    "values",
    [
        np.array([3, 2**53 + 1], "i8"),
        np.array([3, 2**63 + 1], "u8"),
        np.array([0.0, 2.5]),
        np.array([True, False]),
        np.array(["u", "ü"]),
        np.array([b"u", b"v"]),
    ],
)
def test_a_column_of_objects_is_the_column_of_its_type(values: np.ndarray) -> None:
    plain = keys_of(values)
    objects = pd.Series([*values.tolist(), dt.time(1)], dtype=object)
    assert keys_of(objects)[:2] == plain
    assert keys_of(objects.astype("category"))[:2] == plain
    assert [key_digest({"id": value}) for value in values.tolist()] == plain


@pytest.mark.parametrize("unit", UNITS)
def test_a_moment_is_the_same_in_every_unit(unit: str) -> None:
    wanted = key_digest({"id": NOON})
    assert key_digest({"id": pd.Timestamp(NOON)}) == wanted == key_digest({"id": np.datetime64(NOON, unit)})
    array = np.array([NOON, "NaT"], f"M8[{unit}]")
    records = np.array(list(zip(array, [1, 2], strict=True)), [("id", array.dtype), ("x", "i8")])
    digests = key_digests(records, ["id"])
    assert digests is not None and digests[0] == wanted
    assert digests[1] == row_digests(records)[1], "a moment that is missing"
    if unit in ("h", "m"):
        return  # which no frame has
    stored = pd.Series(array)
    zoned = pd.Series([pd.Timestamp(NOON, tz="UTC").as_unit(unit)]).dt.tz_convert("Europe/Berlin")
    assert stored.dt.unit == zoned.dt.unit == unit
    assert keys_of(stored)[0] == keys_of(zoned)[0] == key_digest({"id": zoned[0]}) == wanted
    assert keys_of(stored.astype(object))[0] == wanted
    assert keys_of(pd.Series(array - array[0]))[0] == key_digest({"id": dt.timedelta()})


def test_what_is_shorter_than_a_microsecond_tells_moments_apart() -> None:
    times = pd.Series(pd.Timestamp(NOON).value + np.arange(5)).astype("M8[ns]")
    found = keys_of(times)
    assert len(set(found)) == 5 and found == [key_digest({"id": moment}) for moment in times]
    assert found == keys_of(times.astype(object)) == keys_of(times.astype("category"))
    picoseconds = np.array([(1000,), (1,)], [("id", "M8[ps]")])
    wanted = [key_digest({"id": pd.Timestamp(1)}), key_digest({"id": np.datetime64(1, "ps")})]
    assert key_digests(picoseconds, ["id"]).tolist() == wanted


def test_days_are_their_midnight_in_every_container() -> None:
    day = dt.date(1969, 12, 30)
    wanted = key_digest({"id": day})
    assert wanted == key_digest({"id": dt.datetime(1969, 12, 30)})
    for table in (pa.table({"id": [day]}), pl.DataFrame({"id": [day]}), pd.DataFrame({"id": [day]})):
        assert key_digests(table, ["id"]).tolist() == [wanted]
    for unit in ("s", "us", "ns"):
        assert key_digests(pa.table({"id": pa.array([day]).cast(pa.timestamp(unit))}), ["id"])[0] == wanted
