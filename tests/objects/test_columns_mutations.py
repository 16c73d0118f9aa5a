"""Every single change of a frame changes the digests it should, and no other; no two changes collide."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import msgspec
import numpy as np
import pandas as pd
import polars as pl
import pytest
import scipy.sparse as sp

from modeldb.objects.columns import ColumnDigest, TableDigest, column_subset, digest, is_evidence

ROWS = 70_001
LATE = 65_540
"""A row in the second block."""
OBJECTS = 12_400
"""Rows of the frame with Python objects, which take longer to digest."""


def base(rows: int = ROWS) -> pd.DataFrame:
    at = np.arange(rows)
    random = np.random.default_rng(7)
    return pd.DataFrame(
        {
            "float": random.normal(size=rows),
            "gaps": np.where(at % 7, random.normal(size=rows), np.nan),
            "single": random.normal(size=rows).astype("f4"),
            "int": random.integers(-1000, 1000, rows),
            "small": random.integers(0, 100, rows).astype("i1"),
            "nullable": pd.Series(random.integers(0, 9, rows), dtype="Int64").mask(at % 11 == 0),
            "flag": random.random(rows) < 0.5,
            "rare": np.where(at % 997, 0.0, 1.5),
            "text": pd.Series([f"t{number}" for number in at % 5000], dtype="str"),
            "color": pd.Categorical.from_codes(np.where(at % 13 == 5, -1, at % 3), categories=["red", "green", "blue"]),
            "size": pd.Categorical.from_codes(at % 3, categories=["s", "m", "l"], ordered=True),
            "when": pd.date_range("2020-01-01", periods=rows, freq="min").as_unit("us"),
            "zoned": pd.date_range("2020-01-01", periods=rows, freq="min", tz="Europe/Berlin").as_unit("us"),
            "took": pd.to_timedelta(at * 3 % 1000, unit="s").as_unit("us"),
        }
    )


def objects() -> pd.DataFrame:
    """A frame whose columns hold Python objects, beside two that do not."""
    frame = base(OBJECTS)[["float", "text"]]
    frame["object"] = pd.Series([f"o{number}" if number % 3 else None for number in range(OBJECTS)], dtype=object)
    frame["mixed"] = pd.Series([at % 50 if at % 2 else str(at % 50) for at in range(OBJECTS)], dtype=object)
    return frame


@dataclass
class Mutation:
    """A frame after one change, and which columns' digests the change must touch."""

    name: str
    frame: pd.DataFrame
    columns: frozenset[str] = frozenset()
    index: bool = False


CELLS: dict[str, list[object]] = {
    "float": [0.0, 1.0, np.inf, -np.inf, np.nan, 1e-310, 5e300],
    "gaps": [0.0, -1.0, 2.5, np.inf],
    "single": [0.0, 1.0, np.nan, np.inf],
    "int": [0, 5000, -5000, 2**62, -(2**63)],
    "small": [101, 127, -128],
    "nullable": [pd.NA, 10, -1, 2**53 + 1],
    "rare": [2.0, -1.5, np.nan],
    "text": ["", "T", "t", "t\0", "ü", None, "t1 "],
    "object": ["", "x", "o", "O1", 7, 1.5, True, b"o1", ("o",)],
    "mixed": ["x", 99, 1.5, None, True, Decimal("1.0"), Decimal("1.00"), b"1", (1,), [1, 2], {"a": 1}, dt.date.min],
    "color": [None],
    "size": [None],
    "when": [pd.NaT, pd.Timestamp("1999-01-01"), pd.Timestamp("2020-01-01 00:00:01")],
    "zoned": [pd.NaT, pd.Timestamp("1999-01-01", tz="Europe/Berlin")],
    "took": [pd.NaT, pd.Timedelta(seconds=-1), pd.Timedelta(seconds=5000)],
}  # fmt: skip


def places(frame):
    """Rows to change: an early one, one after row 10,000, one in the second block, one at the end."""
    return [row for row in (2, 12_346, LATE) if row < len(frame)] + [len(frame) - 2]


CASTS = {
    "float": ["float32", "object", "str"],
    "gaps": ["float32", "object"],
    "single": ["float64", "float16"],
    "int": ["int32", "int16", "float64", "object", "str", "uint64", "category"],
    "small": ["int64", "uint8", "int16", "float32", "bool"],
    "nullable": ["Int32", "Float64", "object", "UInt64"],
    "flag": ["int64", "int8", "float64", "str", "category"],
    "rare": ["int64", "float32", "bool"],
    "text": ["category", "bytes"],
    "object": ["category"],
    "color": ["str"],
    "size": ["str"],
    "when": ["datetime64[ns]", "datetime64[s]", "int64", "str"],
    "zoned": ["datetime64[us, UTC]", "datetime64[us, Europe/Paris]"],
    "took": ["timedelta64[ns]", "int64"],
}


def with_cell(frame, name, row, value):
    changed = frame[name].copy()
    if name in ("object", "mixed") and isinstance(value, (tuple, list, dict)):
        cells = changed.to_numpy(copy=True)
        cells[row] = value
        changed = pd.Series(cells, dtype=object)
    else:
        changed.iloc[row] = value
    return frame.assign(**{name: changed})


def cast(series, dtype):
    if dtype == "bytes":
        return pd.Series([text.encode() for text in series], dtype=object)
    if series.name == "int" and dtype == "uint64":
        return series.to_numpy().view("u8")
    if series.name == "nullable" and dtype == "object":
        return pd.Series([None if value is pd.NA else value for value in series], dtype=object)
    if str(series.dtype).startswith("datetime64[us]") and dtype == "datetime64[s]":
        return series.astype(dtype)
    return series.astype(dtype)


def recategorised(series, categories, ordered):
    """The same codes under other categories."""
    return pd.Categorical.from_codes(series.cat.codes, categories=categories, ordered=ordered)


def cells(frame):
    for name in filter(CELLS.__contains__, frame):
        for number, value in enumerate(CELLS[name]):
            for row in places(frame) if number < 3 else places(frame)[-2:-1]:
                yield Mutation(f"{name}[{row}]={value!r}", with_cell(frame, name, row, value), frozenset({name}))
    if "flag" not in frame:
        return
    for row in places(frame):
        flipped = frame.flag.copy()
        flipped.iloc[row] = not flipped.iloc[row]
        yield Mutation(f"flag[{row}]", frame.assign(flag=flipped), frozenset({"flag"}))
        for name in ("color", "size"):
            codes = frame[name].cat.codes.to_numpy().copy()
            codes[row] = (codes[row] + 1) % 3
            changed = pd.Categorical.from_codes(codes, dtype=frame[name].dtype)
            yield Mutation(f"{name}[{row}]", frame.assign(**{name: changed}), frozenset({name}))
        nudged = frame.float.to_numpy().copy()
        nudged[row] = np.nextafter(nudged[row], 9)
        yield Mutation(f"float[{row}] by one bit", frame.assign(float=nudged), frozenset({"float"}))


def types(frame):
    for name in filter(CASTS.__contains__, frame):
        for dtype in CASTS[name]:
            yield Mutation(f"{name} as {dtype}", frame.assign(**{name: cast(frame[name], dtype)}), frozenset({name}))
    for name, categories in {"color": ["red", "green", "blue"], "size": ["s", "m", "l"]}.items():
        if name not in frame:
            continue
        ordered = bool(frame[name].cat.ordered)
        changes = {
            "renamed": (["other", *categories[1:]], ordered),
            "reordered": (categories[::-1], ordered),
            "one more": ([*categories, "unused"], ordered),
            "orderedness": (categories, not ordered),
        }
        for what, (new, order) in changes.items():
            changed = recategorised(frame[name], new, order)
            yield Mutation(f"{name} {what}", frame.assign(**{name: changed}), frozenset({name}))
        moved = frame[name].cat.reorder_categories(categories[::-1])
        yield Mutation(f"{name} same values, other order", frame.assign(**{name: moved}), frozenset({name}))


def values(frame):
    for name in frame.columns:
        if name == "mixed":
            continue
        rolled = frame[name].take(np.roll(np.arange(len(frame)), 1)).reset_index(drop=True)
        yield Mutation(f"{name} rolled", frame.assign(**{name: rolled}), frozenset({name}))
        backwards = frame[name].iloc[::-1].reset_index(drop=True)
        yield Mutation(f"{name} backwards", frame.assign(**{name: backwards}), frozenset({name}))
    moved = frame.text.copy()
    moved.iloc[0], moved.iloc[1] = frame.text.iloc[0] + frame.text.iloc[1][0], frame.text.iloc[1][1:]
    yield Mutation("a letter moved to the cell before", frame.assign(text=moved), frozenset({"text"}))
    swapped = frame.float.to_numpy().copy()
    swapped[[10, len(frame) - 9]] = swapped[[len(frame) - 9, 10]]
    yield Mutation("two cells swapped", frame.assign(float=swapped), frozenset({"float"}))


def names_and_order(frame):
    for name in frame.columns:
        yield Mutation(f"{name} renamed", frame.rename(columns={name: name + "_"}))
        yield Mutation(f"without {name}", frame.drop(columns=name))
        others = [other for other in frame.columns if other != name]
        if name != frame.columns[0]:
            yield Mutation(f"{name} first", frame[[name, *others]])
    yield Mutation("names swapped", frame.rename(columns={"float": "gaps", "gaps": "float"}))
    yield Mutation("numbered", frame.set_axis(range(frame.shape[1]), axis=1))
    yield Mutation("numbered in text", frame.set_axis([str(at) for at in range(frame.shape[1])], axis=1))
    yield Mutation("a column twice", pd.concat([frame, frame[["float"]]], axis=1))


def indexes(frame):
    if "when" not in frame:
        return
    at = np.arange(ROWS)
    axes = {
        "from one": pd.RangeIndex(1, ROWS + 1),
        "backwards": pd.RangeIndex(ROWS - 1, -1, -1),
        "named": pd.RangeIndex(ROWS, name="id"),
        "floats": pd.Index(at.astype("f8")),
        "texts": pd.Index([f"r{number}" for number in at]),
        "one label late": pd.Index(np.where(at == LATE, -1, at)),
        "times": pd.DatetimeIndex(frame.when.to_numpy()),
        "int32": pd.Index(at.astype("i4")),
        "levels": pd.MultiIndex.from_arrays([at // 10, at % 10]),
        "levels swapped": pd.MultiIndex.from_arrays([at % 10, at // 10]),
        "levels named": pd.MultiIndex.from_arrays([at // 10, at % 10], names=["a", "b"]),
    }
    for name, index in axes.items():
        yield Mutation(f"index {name}", frame.set_axis(index, axis=0), index=True)


@pytest.fixture(scope="module")
def frame():
    return base()


@pytest.fixture(scope="module")
def original(frame):
    return digest(frame, budget_s=60)


def by_name(table: TableDigest) -> dict[str, str]:
    return {column.name: column.digest for column in table.columns}


class Seen:
    """Digests met so far; complains about one that comes twice."""

    def __init__(self):
        self.names: dict[str, str] = {}

    def add(self, digest, name):
        assert digest not in self.names, f"{name} has the digest of {self.names[digest]}"
        self.names[digest] = name


def test_two_hundred_mutations_each_change_what_they_should(frame):
    tables, columns = Seen(), Seen()
    for original in (frame, objects()):
        whole = digest(original, budget_s=60)
        before = by_name(whole)
        tables.add(whole.digest, "the original")
        for name, value in before.items():
            columns.add(value, name)
        for kind in (cells, types, values):
            for mutation in kind(original):
                table = digest(mutation.frame, budget_s=60)
                after = by_name(table)
                changed = {name for name in before if before[name] != after[name]}
                assert changed == mutation.columns, mutation.name
                assert not table.weak and not table.index
                tables.add(table.digest, mutation.name)
                for name in changed:
                    columns.add(after[name], mutation.name)
        for kind in (names_and_order, indexes):
            for mutation in kind(original):
                table = digest(mutation.frame, budget_s=60)
                assert set(by_name(table).values()) <= set(before.values()), mutation.name
                assert bool(table.index) == mutation.index, mutation.name
                tables.add(table.digest, mutation.name)
    assert len(tables.names) > 300


def test_pieces_of_one_frame_differ(frame):
    pieces = [frame.iloc[start : start + 500] for start in range(0, 5000, 500)]
    for kind in (pieces, [piece.reset_index(drop=True) for piece in pieces]):
        assert len({digest(piece).digest for piece in kind}) == len(kind)
    for name in ("float", "text", "nullable", "when"):
        parts = [digest(frame[name].iloc[start : start + 500]).columns[0].digest for start in range(0, 5000, 500)]
        assert len(set(parts)) == len(parts), name
        polars = pl.from_pandas(frame[name])
        assert [digest(polars[start : start + 500]).columns[0].digest for start in range(0, 5000, 500)] == parts


def test_a_change_in_place_is_seen():
    frame = pd.DataFrame({"a": np.arange(100_000.0), "b": np.arange(100_000)})
    before = digest(frame)
    frame.loc[99_999, "a"] = -1
    after = digest(frame)
    assert after.digest != before.digest
    assert after.columns[0].digest != before.columns[0].digest and after.columns[1] == before.columns[1]
    array = np.zeros((1000, 3))
    view, before = array[::2], digest(array)
    view[3, 1] = 1e-300
    changed = [old != new for old, new in zip(before.columns, digest(array).columns, strict=True)]
    assert changed == [False, True, False]
    items = [1, 2, 3]
    before = digest(items)
    items[1] = 9
    assert digest(items).digest != before.digest
    matrix = sp.random(500, 40, density=0.05, format="csr", random_state=1)
    before = digest(matrix)
    matrix.data[7] += 1
    assert sum(old != new for old, new in zip(before.columns, digest(matrix).columns, strict=True)) == 1


def test_digesting_leaves_the_value_alone():
    array = np.array([-0.0, np.nan, 1.0])
    array.view("u8")[1] = 0x7FF8000000000123
    before = array.tobytes()
    digest(array)
    assert array.tobytes() == before
    frame = base().head(1000)
    copy = frame.copy()
    digest(frame)
    pd.testing.assert_frame_equal(frame, copy)


def test_length_counts_where_nothing_else_does():
    for make in (np.zeros, lambda n: [None] * n, lambda n: [""] * n, lambda n: sp.csr_matrix((n, 1))):
        found = {digest(make(n)).columns[0].digest for n in (1, 2, 8, 9, 65_536, 65_537, 131_072)}
        assert len(found) == 7


def test_kinds_of_table_are_data_sets_of_their_own():
    array = np.arange(6.0)
    tables = [array, array.reshape(-1, 1), pd.Series(array), pd.DataFrame({0: array}), pd.DataFrame({"0": array})]
    assert len({digest(table).digest for table in tables}) == len(tables)
    assert len({digest(table).columns[0].digest for table in tables}) == 1
    assert digest(pd.Series(array, name="a")).columns[0].name == "a"
    assert digest(array).columns[0].name == "0"


def test_an_index_that_counts_from_zero_is_the_default_one():
    frame = pd.DataFrame({"a": [1.5, 2, 3]})
    assert digest(frame.set_axis([0, 1, 2], axis=0)).digest == digest(frame).digest
    assert digest(frame.iloc[1:]).index[0].digest == digest(np.array([1, 2])).columns[0].digest


def test_the_encoding_is_pinned():
    """These digests are in people's stores: a change of one of them needs a new format prefix."""
    pinned = {
        "float64": ([0.5, -1.25, float("nan"), 3.0], "a79bac12bce3f86425413adfa3b319d5"),
        "int64": ([3, 1, 2], "9d322505d4118bee34c9f70b69dce020"),
        "bool": ([True, False, True], "fdb635cc998a0e08eb3e2fbf3776e188"),
        "sparse": (np.eye(1, 100)[0], "9ad0a7c6855fd5e19c7fd76551141440"),
        "nulls": (pl.Series([1, None, 3]), "fa0b6a4766fd5204a533960a3b704c6c"),
        "string": (["a", None, "ü"], "09fae3991bca9bc299ac2b255e8d81f7"),
        "bytes": ([b"a", b""], "4fa8a23d5b670427878b7c763a9779a4"),
        "category": (pd.Categorical(["b", "a", None], categories=["b", "a"]), "81c6cbd06b458a5c4a2474c7126db3ef"),
        "datetime": (np.array(["2020-01-01", "NaT"], dtype="M8[us]"), "649ec2cc11f9ee2845871a216a0c3c7f"),
        "object": (
            pd.Series([1, "a", 2.5, None, (1, [True]), {"k": b"v"}, Decimal("1.5"), dt.date(2020, 1, 1)]),
            "55f21ccd6666c7a0983e91fd007dcc5e",
        ),
        "blocks": (np.arange(70_000), "52ad26fcaeb8f157a025c48f09a1a633"),
    }
    found = {name: digest(value).columns[0].digest for name, (value, _) in pinned.items()}
    assert found == {name: expected for name, (_, expected) in pinned.items()}
    table = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}, index=pd.Index([5, 6], name="key"))
    assert digest(table).dataset_id == "d-cf9a94f0ba78f73708361db1f9720bbd"
    assert digest(np.arange(6.0).reshape(3, 2)).digest == "b599e777e4661626cf0e94ee9491fff1"


def test_objects_that_cannot_be_read_make_a_weak_digest():
    class Opaque:
        pass

    series = pd.Series([1, Opaque()], dtype=object)
    again = pd.Series([1, Opaque()], dtype=object)
    assert digest(series).weak and digest(series).digest == digest(again).digest
    loop: list[object] = []
    loop.append(loop)
    assert digest(pd.Series([loop, 1], dtype=object)).weak


def test_a_table_above_the_budget_gets_a_weak_digest_of_its_own():
    array = np.random.default_rng(0).random((1000, 3))
    found = digest(array, budget_bytes=100), digest(array, budget_s=0.0)
    full = digest(array)
    for small in found:
        assert small.weak and small.digest != full.digest
        assert small.n_rows == 1000 and [column.dtype for column in small.columns] == ["float64"] * 3
        assert not set(small.columns) & set(full.columns)
    assert found[0] == digest(array + 1, budget_bytes=100)
    assert found[0] != digest(array[:-1], budget_bytes=100)


def test_columns_of_a_selection_are_found_in_the_frame_it_came_from(frame, original):
    child = digest(frame[["text", "float"]])
    assert column_subset(child, original) == (8, 0)
    assert column_subset(digest(frame[["text"]].iloc[1:]), original) is None
    assert column_subset(digest(frame[["float"]] + 1), original) is None
    assert column_subset(digest(frame[["float", "int"]].to_numpy()), original) is None
    assert column_subset(digest(frame[["float", "gaps"]].to_numpy()), original) == (0, 1)
    twins = digest(pd.DataFrame({"a": [1, 5], "b": [1, 5], "c": [2, 2]}))
    assert column_subset(digest(pd.DataFrame({"b": [1, 5]})), twins) == (1,)
    assert column_subset(digest(pd.DataFrame({"x": [1, 5], "y": [1, 5]})), twins) == (0, 1)
    assert column_subset(digest(pd.DataFrame({"x": [1, 5], "b": [1, 5], "c": [1, 5]})), twins) == (0, 1, 0)
    assert column_subset(digest(pd.DataFrame({"b": [1, 5], "x": [1, 5], "y": [1, 5]})), twins) == (1, 0, 0)


def test_an_empty_column_of_a_sparse_matrix_is_looked_at_once():
    looked_at = 0

    class Counted(tuple):
        def __iter__(self):
            for column in super().__iter__():
                nonlocal looked_at
                looked_at += 1
                yield column

        def __getitem__(self, at):
            nonlocal looked_at
            looked_at += 1
            return super().__getitem__(at)

    table = digest(sp.csr_matrix((3, 500)))
    parent = msgspec.structs.replace(table, columns=Counted(table.columns))
    assert column_subset(table, parent) == tuple(range(500))
    assert looked_at == 500


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.zeros((1000, 4)), False),
        (np.full(1000, np.nan), False),
        (["same"] * 1000, False),
        (np.arange(1000), False),
        (range(5, 500), False),
        ([1, 7, 3], False),
        (pd.Categorical(["a"] * 100, categories=["a", "b"]), False),
        (sp.csr_matrix((500, 4)), False),
        (np.tile([1, 0, 0, 1, 1], 20), True),
        (np.random.default_rng(0).random((8, 2)), True),
        ([f"text {at}" for at in range(50)], True),
        (np.arange(1000.0)[::-1].copy(), True),
        ("no table", False),
    ],
)
def test_values_with_little_in_them_are_no_evidence(value, expected):
    assert is_evidence(value) is expected
    table = digest(value)
    if table is not None:
        assert is_evidence(table) is expected


def test_digests_are_plain_values(original):
    assert original == digest(base(), budget_s=60)
    assert isinstance(original.columns[0], ColumnDigest)
    assert original.dataset_id == "d-" + original.digest and len(original.digest) == 32
    assert original.container == "pandas.DataFrame"
