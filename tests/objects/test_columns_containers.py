"""The same content has the same column digests in every container and memory layout."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from modeldb.objects.columns import digest, digests, is_tabular, snapshot

quick = settings(max_examples=60, deadline=None)


def column(value, at=0):
    """The digest and type of one column of a table."""
    found = digest(value)
    assert found is not None and is_tabular(value)
    return found.columns[at].dtype, found.columns[at].digest


def columns(value):
    return [one.digest for one in digest(value).columns]


def assert_same(containers):
    found = {name: column(value) for name, value in containers.items()}
    expected = next(iter(found.values()))
    assert {name: one for name, one in found.items() if one != expected} == {}, expected


def chunked(array):
    """An Arrow array in three uneven chunks, each a slice of a longer one."""
    third = max(1, len(array) // 3)
    parts = [array.slice(0, third), array.slice(third, 1), array.slice(third + 1)]
    return pa.chunked_array([part for part in parts if len(part)] or [array], type=array.type)


def shifted(array):
    """The same Arrow values at an offset into buffers that hold other values before and after."""
    longer = pa.concat_arrays([array.slice(0, 3), array, array.slice(0, 2)])
    return longer.slice(min(3, len(array)), len(array))


def layouts(array):
    wide = np.empty((array.size, 3), array.dtype)
    wide[:, 1] = array
    gaps = np.repeat(array, 2)[::2]
    return {
        "numpy": array,
        "a column of a C-ordered array": wide[:, 1],
        "every second element": gaps,
        "backwards twice": array[::-1].copy()[::-1],
        "big-endian": array.astype(array.dtype.newbyteorder(">")),
        "one column": array.reshape(-1, 1),
        "read-only": np.frombuffer(array.tobytes(), array.dtype),
    }


@quick
@given(
    st.lists(st.floats(width=64), min_size=1, max_size=40),
    st.sampled_from(["float64", "float32"]),
)
def test_floats(values, dtype):
    with np.errstate(all="ignore"):
        array = np.array(values).astype(dtype)
    optional = [None if math.isnan(value) else value for value in array.tolist()]
    arrow = pa.array(optional, type=getattr(pa, dtype)())
    containers = layouts(array) | {
        "pandas": pd.Series(array),
        "pandas nullable": pd.array(optional, dtype=dtype.capitalize()),
        "pandas arrow": pd.Series(arrow, dtype=pd.ArrowDtype(arrow.type)),
        "pandas sparse": pd.arrays.SparseArray(array, fill_value=0.0),
        "polars nan": pl.Series(array),
        "polars null": pl.Series(optional, dtype=getattr(pl, dtype.capitalize())),
        "arrow": arrow,
        "arrow shifted": shifted(arrow),
        "arrow chunked": chunked(arrow),
        "sparse": sp.csr_matrix(np.atleast_2d(array).T),
    }
    if dtype == "float64":
        containers["list"] = array.tolist()
        if any(value is not None for value in optional):
            containers["list with None"] = optional
    assert_same(containers)


INTS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]


@quick
@given(st.data(), st.sampled_from(INTS))
def test_integers(data, dtype):
    info = np.iinfo(dtype)
    whole = st.integers(int(info.min), int(info.max))
    values = data.draw(st.lists(whole | st.just(0), min_size=1, max_size=40))
    array = np.array(values, dtype=dtype)
    arrow = pa.array(values, type=getattr(pa, dtype)())
    name = dtype.replace("uint", "UInt").replace("int", "Int") if dtype[0] == "i" else dtype.replace("uint", "UInt")
    containers = layouts(array) | {
        "pandas": pd.Series(array),
        "pandas nullable": pd.Series(array).astype(name),
        "polars": pl.Series(values, dtype=getattr(pl, name)),
        "arrow": arrow,
        "arrow shifted": shifted(arrow),
        "arrow chunked": chunked(arrow),
        "numpy scalars": list(array),
        "sparse": sp.csc_matrix(array.reshape(-1, 1)),
    }
    if dtype == "int64":
        containers |= {"list": values, "tuple": tuple(values)}
    assert_same(containers)


@quick
@given(st.lists(st.none() | st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=40).filter(any))
def test_integers_with_nulls(values):
    arrow = pa.array(values, type=pa.int64())
    mask = np.array([value is None for value in values])
    hidden = np.array([77 if value is None else value for value in values])
    assert_same(
        {
            "pandas": pd.Series(values, dtype="Int64"),
            "pandas with other values under the mask": pd.arrays.IntegerArray(hidden, mask),
            "numpy masked": np.ma.MaskedArray(hidden, mask) if mask.any() else hidden,
            "polars": pl.Series(values, dtype=pl.Int64),
            "arrow": arrow,
            "arrow shifted": shifted(arrow),
            "arrow chunked": chunked(arrow),
            "pandas arrow": pd.Series(arrow, dtype=pd.ArrowDtype(pa.int64())),
            "list": values,
        }
    )


@quick
@given(st.lists(st.none() | st.booleans(), min_size=1, max_size=40).filter(lambda v: any(x is not None for x in v)))
def test_booleans(values):
    arrow = pa.array(values)
    containers = {
        "pandas nullable": pd.Series(values, dtype="boolean"),
        "objects": np.array(values, dtype=object),
        "polars": pl.Series(values),
        "arrow": arrow,
        "arrow shifted": shifted(arrow),
        "arrow chunked": chunked(arrow),
        "list": values,
    }
    if None not in values:
        containers |= layouts(np.array(values)) | {"pandas": pd.Series(values, dtype=bool)}
    assert_same(containers)


letters = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@quick
@given(st.lists(st.none() | letters, min_size=1, max_size=40).filter(lambda v: any(x is not None for x in v)))
def test_strings(values):
    arrow = pa.array(values, type=pa.string())
    missing = [math.nan, None, pd.NA]
    mixed = [missing[at % 3] if value is None else value for at, value in enumerate(values)]
    containers = {
        "objects": np.array([*values, None], dtype=object)[:-1],
        "objects with every kind of missing": pd.Series(mixed, dtype=object),
        "pandas str": pd.Series(values, dtype="str"),
        "pandas string": pd.Series(values, dtype="string"),
        "pandas string in Python": pd.Series(values, dtype="string[python]"),
        "pandas arrow": pd.Series(values, dtype=pd.ArrowDtype(pa.large_string())),
        "polars": pl.Series(values),
        "arrow": arrow,
        "arrow large": arrow.cast(pa.large_string()),
        "arrow view": arrow.cast(pa.string_view()),
        "arrow shifted": shifted(arrow),
        "arrow chunked": chunked(arrow),
        "list": values,
    }
    if None not in values and not any(value.endswith("\0") for value in values):
        containers["fixed width"] = np.array(values, dtype="U")
        containers["numpy strings"] = np.array(values, dtype=np.dtypes.StringDType())
    assert_same(containers)


def test_null_slots_of_an_arrow_array_hide_what_lies_beneath():
    data, offsets = b"abcXXXde", np.array([0, 3, 6, 8], "i4")
    valid = pa.py_buffer(bytes([0b101]))
    dirty = pa.StringArray.from_buffers(3, pa.py_buffer(offsets), pa.py_buffer(data), valid, 1)
    assert column(dirty) == column(["abc", None, "de"])


def test_slices_of_one_string_column_differ():
    series = pd.Series([f"text {at}" for at in range(100)], dtype="str")
    halves = [series.iloc[:50], series.iloc[50:]]
    assert column(halves[0]) != column(halves[1])
    assert column(halves[1]) == column(series.iloc[50:].tolist())


ZONES = [None, "UTC", "Europe/Berlin"]


@quick
@given(
    st.lists(st.none() | st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(2200, 1, 1)), min_size=1, max_size=30),
    st.sampled_from(["ms", "us", "ns"]),
    st.sampled_from(ZONES),
)
def test_times(values, unit, zone):
    series = pd.Series(values, dtype=f"datetime64[{unit}]")
    if zone:
        series = series.dt.tz_localize("UTC").dt.tz_convert(zone)
    arrow = pa.array(series, type=pa.timestamp(unit, zone))
    containers = {
        "pandas": series,
        "pandas frame": series.to_frame(),
        "pandas index": pd.Index(series),
        "arrow": arrow,
        "arrow chunked": chunked(arrow),
        "polars": pl.Series(series.to_numpy()).cast(pl.Datetime(unit)) if not zone else pl.from_arrow(arrow),
    }
    if not zone:
        containers["numpy"] = series.to_numpy()
    if not zone and unit == "us" and any(values):
        containers["list"] = values
    assert_same(containers)


@quick
@given(st.lists(st.none() | st.dates(dt.date(1700, 1, 1), dt.date(2200, 1, 1)), min_size=1, max_size=30).filter(any))
def test_dates(values):
    assert_same(
        {
            "numpy": np.array(values, dtype="M8[D]"),
            "objects": pd.Series(values, dtype=object),
            "arrow": pa.array(values, type=pa.date32()),
            "arrow in milliseconds": pa.array(values, type=pa.date64()),
            "polars": pl.Series(values, dtype=pl.Date),
            "list": values,
        }
    )


def test_durations():
    array = np.array([1, -5, "NaT", 0], dtype="m8[us]")
    series = pd.Series(array)
    arrow = pa.array(array)
    assert_same({"numpy": array, "pandas": series, "arrow": arrow, "polars": pl.from_arrow(arrow)})


@quick
@given(st.lists(st.none() | st.sampled_from("cab"), min_size=1, max_size=30), st.booleans())
def test_categories(values, ordered):
    series = pd.Series(pd.Categorical(values, categories=list("bca"), ordered=ordered))
    arrow = pa.Array.from_pandas(series)
    rebuilt = pa.DictionaryArray.from_arrays(arrow.indices.cast(pa.int32()), pa.array(list("bca")), ordered=ordered)
    containers = {
        "pandas": series,
        "pandas frame": series.to_frame(),
        "pandas index": pd.CategoricalIndex(series),
        "arrow": arrow,
        "arrow with wide codes": rebuilt,
        "arrow chunked": chunked(rebuilt),
    }
    if ordered:
        containers["polars"] = pl.Series(values, dtype=pl.Enum(list("bca")))
    assert_same(containers)


def test_polars_categories_do_not_depend_on_what_the_process_saw_before():
    first = column(pl.Series(["x", None, "y", "x"], dtype=pl.Categorical))
    pl.Series(["z", "y", "w", "x"], dtype=pl.Categorical)
    longer = pl.Series(["y", "q", "x", None, "y", "x"], dtype=pl.Categorical)
    assert column(longer[2:]) == first
    appearance = pd.Categorical(["x", None, "y", "x"], categories=["x", "y"])
    assert column(pl.Series(["x", None, "y", "x"], dtype=pl.Categorical))[0] == column(appearance)[0]


def test_objects():
    values = [Decimal("1.50"), None, {"b": 1, "a": [1, "x"]}, (1, 2), b"raw", 7, 2.5, dt.time(1, 2), {1, 2}]
    other = [Decimal("1.50"), math.nan, {"a": [1, "x"], "b": 1}, [1, 2], b"raw", 7, 2.5, dt.time(1, 2), {2, 1}]
    array = np.empty(len(other), dtype=object)
    array[:] = other
    series = pd.Series(values, dtype=object)
    assert column(series) == column(array) == column(pd.Series(other, dtype=object))
    assert column(series)[0] == "object" and not digest(series).weak


def test_nested_values():
    rows = [[1, 2], [], [3]]
    assert_same({"list": rows, "arrow": pa.array(rows), "polars": pl.Series(rows), "pandas": pd.Series(rows)})
    wrapped = pd.Series([np.array(row, dtype="i8") for row in rows])
    assert column(wrapped) == column(rows)


def test_decimals_and_bytes():
    values = [Decimal("1.50"), None, Decimal("-2.25")]
    assert_same({"list": values, "arrow": pa.array(values), "polars": pl.Series(values), "pandas": pd.Series(values)})
    raw = [b"a", None, b"", b"xyz"]
    assert_same({"list": raw, "arrow": pa.array(raw), "polars": pl.Series(raw), "pandas": pd.Series(raw, dtype=object)})
    assert column(np.array([b"a", b"xyz"])) == column([b"a", b"xyz"])


NULLABLE = {"float64": "Float64", "float32": "Float32", "int64": "Int64", "int8": "Int8", "bool": "boolean"}


def matrices(array):
    labels = [f"c{at}" for at in range(array.shape[1])]
    frame = pd.DataFrame(array, columns=labels)
    separate = pd.DataFrame({label: array[:, at].copy() for at, label in enumerate(labels)})
    padded = np.zeros((array.shape[0] * 2, array.shape[1] + 3), array.dtype)
    padded[::2, 2:-1] = array
    yield from {
        "C": np.ascontiguousarray(array),
        "F": np.asfortranarray(array),
        "slice": padded[::2, 2:-1],
        "backwards": array[::-1, ::-1].copy()[::-1, ::-1],
        "matrix of 3 axes": array.reshape(array.shape[0], 1, -1),
        "pandas": frame,
        "pandas with a block per column": separate,
        "pandas nullable": frame.astype(NULLABLE[array.dtype.name]),
        "polars": pl.DataFrame({label: array[:, at] for at, label in enumerate(labels)}),
        "arrow": pa.table(frame),
        "batch": pa.RecordBatch.from_pandas(frame),
        "records": frame.to_records(index=False),
        "sparse pandas": frame.astype(pd.SparseDtype(array.dtype, array.dtype.type(0).item())),
    }.items()
    for kind in ("csr", "csc", "coo", "bsr", "dia", "dok", "lil"):
        yield kind, sp.coo_matrix(array).asformat(kind)
        yield f"{kind} array", sp.coo_array(array).asformat(kind)


@pytest.mark.filterwarnings("ignore:Constructing a DIA matrix")
@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "int8", "bool"])
@pytest.mark.parametrize("density", [0.0, 0.05, 0.124, 0.125, 0.126, 0.9])
def test_matrices_dense_and_sparse(dtype, density):
    random = np.random.default_rng(int(density * 1000))
    array = np.where(random.random((200, 12)) < density, random.integers(1, 9, (200, 12)), 0).astype(dtype)
    array[:, 3] = 0
    array[:25, 4] = 1
    found = {name: tuple(columns(value)) for name, value in matrices(array)}
    assert len(set(found.values())) == 1, [name for name in found if found[name] != found["C"]]


def test_more_rows_than_a_block():
    random = np.random.default_rng(0)
    array = np.where(random.random((150_000, 5)) < [0, 1e-4, 0.1, 0.2, 1], random.random((150_000, 5)), 0)
    array[70_000:75_000, 1] = 5.0
    found = columns(array)
    assert found == columns(np.asfortranarray(array))
    assert found == columns(sp.csr_matrix(array))
    assert found == columns(pd.DataFrame(array))
    assert found == columns(pl.DataFrame(array))
    texts = [f"ü{at % 777}" for at in range(150_000)]
    assert column(texts) == column(pl.Series(texts)) == column(pd.Series(texts)) == column(np.array(texts))


def test_sparse_matrices_with_stored_zeros_and_duplicates():
    data, rows, cols = [1.0, 2.0, 0.0, 3.0, -3.0], [0, 0, 1, 2, 2], [1, 1, 0, 1, 1]
    dense = np.array([[0, 3.0], [0, 0], [0, 0]])
    matrix = sp.coo_matrix((data, (rows, cols)), shape=(3, 2))
    assert columns(matrix) == columns(dense)
    unsorted = sp.csc_matrix((np.array([1.0, 2.0]), np.array([2, 0]), np.array([0, 2, 2])), shape=(3, 2))
    before = unsorted.indices.copy()
    assert columns(unsorted) == columns(unsorted.toarray())
    assert (unsorted.indices == before).all()


def test_signed_zeros_and_payloads_of_nan_are_one():
    payload = np.array([0x7FF8000000000123, 0xFFF0000000000001, 0x7FF0000000000001], np.uint64).view("f8")
    assert column(payload) == column([math.nan] * 3)
    assert column(np.array([-0.0, 1.0])) == column([0.0, 1.0])
    crooked = np.array([complex(-0.0, -0.0), complex(math.nan, 1)])
    assert column(crooked) == column(np.array([0j, complex(math.nan, 1)]))


def test_axes():
    cube = np.arange(24.0).reshape(4, 3, 2)
    assert columns(cube) == columns(cube.reshape(4, 6))
    assert digest(cube).digest != digest(cube.reshape(4, 6)).digest
    assert digest(np.array(3.0)).n_rows == 1
    assert columns([[1, 2.5], [3, 4.5]]) == columns(pd.DataFrame([[1, 2.5], [3, 4.5]]))
    assert columns(range(3)) == columns([0, 1, 2])
    assert columns([np.arange(3), np.arange(3)]) == columns(np.array([[0, 1, 2]] * 2))


def test_structured_arrays_are_frames():
    records = np.array([(1, 2.0, "x"), (3, 4.0, "y")], dtype=[("a", "i8"), ("b", "f8"), ("c", "U3")])
    frame = pl.DataFrame({"a": [1, 3], "b": [2.0, 4.0], "c": ["x", "y"]})
    assert digest(records).digest == digest(frame).digest
    nested = np.zeros(3, dtype=[("p", [("x", "f4"), ("y", "f4", 2)]), ("z", "i2")])
    assert [one.name for one in digest(nested).columns] == ["p.x", "p.y.0", "p.y.1", "z"]


def test_frames_of_other_libraries_are_the_same_data_set():
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    others = [pl.from_pandas(frame), pa.Table.from_pandas(frame, preserve_index=False)]
    assert {digest(other).dataset_id for other in others} == {digest(frame).dataset_id}


@pytest.mark.parametrize(
    "value",
    [None, 3, "text", b"raw", {}, {"a": [1, 2]}, [], (), object(), [object()], [("scaler", object())], print,
     [np.ones((2, 2)), np.ones(2)], [1, [2]], ["name", {"a": 1}], (np.ones(3), {"a": object()}), np.float64(1)],
)  # fmt: skip
def test_what_is_no_table(value):
    assert not is_tabular(value)
    assert digest(value) is None


def test_empty_tables():
    assert columns(np.zeros((0, 2))) == columns(pd.DataFrame({"a": np.zeros(0), "b": np.zeros(0)}))
    assert digest(np.zeros((3, 0))).columns == ()
    assert digest(pd.DataFrame()).n_rows == 0
    assert column(pl.Series([], dtype=pl.String)) == column(pa.array([], pa.string()))
    assert columns(sp.csr_matrix((0, 3))) == columns(np.zeros((0, 3)))
    assert columns(sp.csr_matrix((3, 0))) == []


def test_a_sparse_matrix_changed_in_place_is_another_one_and_changed_back_the_same():
    matrix = sp.random(200, 30, density=0.1, format="csr", random_state=0)
    before, value = digest(matrix), matrix.data[3]
    matrix.data[3] = value + 1
    changed = digest(matrix)
    matrix.data[3] = value
    assert changed.digest != before.digest and digest(matrix) == before
    assert digest(matrix.toarray()).digest == before.digest


def _fill(frame, value):
    frame.iloc[1, 0] = value


FRAMES = {
    "numbers": (lambda: pd.DataFrame({"a": np.arange(50.0), "b": 1.5}), lambda f: _fill(f, -1.0)),
    "text": (lambda: pd.DataFrame({"a": list("abcde") * 9}), lambda f: _fill(f, "z")),
    "categories": (lambda: pd.DataFrame({"a": pd.Categorical(list("xxyxy") * 9)}), lambda f: _fill(f, "y")),
    "order of categories": (
        lambda: pd.DataFrame({"a": pd.Categorical(list("xxyxy") * 9)}),
        lambda f: f.__setitem__("a", f["a"].cat.as_ordered()),
    ),
    "nullable": (lambda: pd.DataFrame({"a": pd.array([1, 2, None] * 9, "Int64")}), lambda f: _fill(f, pd.NA)),
    "times": (lambda: pd.DataFrame({"a": pd.date_range("2024", periods=20)}), lambda f: _fill(f, pd.NaT)),
    "zone": (
        lambda: pd.DataFrame({"a": pd.date_range("2024", periods=20, tz="UTC")}),
        lambda f: f.__setitem__("a", f["a"].dt.tz_convert("Europe/Paris")),
    ),
    "name of a column": (lambda: pd.DataFrame({"a": np.arange(9.0)}), lambda f: setattr(f, "columns", ["b"])),
    "type of a name": (lambda: pd.DataFrame({1: np.arange(9.0)}), lambda f: setattr(f, "columns", ["1"])),
    "index": (lambda: pd.DataFrame({"a": np.arange(9.0)}), lambda f: setattr(f, "index", range(1, 10))),
    "name of the index": (
        lambda: pd.DataFrame({"a": np.arange(9.0)}, index=np.arange(9) * 2),
        lambda f: setattr(f.index, "name", "i"),
    ),
    "levels": (
        lambda: pd.DataFrame({"a": np.arange(4.0)}, index=pd.MultiIndex.from_product([[1, 2], ["x", "y"]])),
        lambda f: setattr(f, "index", f.index.set_names(["i", "j"])),
    ),
    "dictionary of Arrow": (
        lambda: pd.DataFrame({"a": pd.Series(pa.array(list("xyxy")).dictionary_encode(), dtype=DICTIONARY)}),
        lambda f: f.__setitem__("a", pd.Series(pa.array(list("zyzy")).dictionary_encode(), dtype=DICTIONARY)),
    ),
}
DICTIONARY = pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))


@pytest.mark.parametrize("case", FRAMES)
def test_a_frame_changed_in_place_is_another_one_though_its_digest_was_remembered(case):
    make, change = FRAMES[case]
    frame = make()
    before = digest(frame)
    assert digest(frame) == before == digest(make())
    change(frame)
    assert digest(frame).digest != before.digest


@pytest.mark.parametrize(
    "make", [np.arange, lambda n: np.arange(n).reshape(-1, 2).T, lambda n: np.arange(n).astype("U4")]
)
def test_an_array_changed_in_place_is_another_one_and_changed_back_the_same(make):
    array = make(60)
    before, value = digest(array), array.flat[7].copy()
    array.flat[7] = array.flat[8]
    changed = digest(array)
    array.flat[7] = value
    assert changed.digest != before.digest and digest(array) == before


def test_what_is_remembered_of_one_container_is_not_said_of_another():
    values = np.arange(40.0)
    series = pd.Series(values)
    assert digest(values) == digest(values.copy()) != digest(values.reshape(-1, 1))
    assert digest(series).digest != digest(series.rename("x")).digest
    assert digest(series).container == "pandas.Series" and digest(values).container == "numpy.ndarray"
    assert digest(values.reshape(8, 5)).digest != digest(values.reshape(8, 5, order="F")).digest
    assert digest(values).digest != digest(values.view("M8[s]")).digest


def test_few_digests_are_remembered_and_fewer_of_wide_tables(monkeypatch):
    monkeypatch.setattr(digests, "_REMEMBERED_COLUMNS", 1_000)
    for seed in range(200):
        digest(np.arange(20) * seed)
    assert len(digests._met_before) == digests._REMEMBERED
    digest(np.zeros((2, 1_000), bool))
    assert len(digests._met_before) == 1


def test_a_snapshot_does_not_show_what_is_done_to_the_original_later():
    frame, array = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}), np.arange(4.0)
    for value, change in ((frame, lambda: frame.__setitem__("a", 0)), (array, lambda: array.fill(9))):
        before = digest(value)
        held = snapshot(value)
        change()
        assert digest(held) == before != digest(value)


def test_columns_of_several_levels_are_named_by_tuples():
    frame = pd.DataFrame({"k": ["a", "b", "a"], "v": [1.0, 2.0, 4.0]}).groupby("k").agg({"v": ["min", "max"]})
    found = digest(frame)
    assert [column.name for column in found.columns] == ["('v', 'min')", "('v', 'max')"]
    renamed = frame.set_axis(pd.MultiIndex.from_tuples([("v", "min"), ("v", "most")]), axis=1)
    assert digest(renamed).digest != found.digest and digest(frame.copy()).digest == found.digest
