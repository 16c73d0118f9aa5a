"""Prediction sets: what goes in comes out, small or large, and nothing half written is ever seen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import msgspec
import numpy as np
import polars
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modeldb.errors import NotFound, StoreDamaged, StoreTooNew
from modeldb.examples import parts, sets
from modeldb.objects import open_store

_VALUES = st.one_of(
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=20).map(lambda v: np.array(v, "i8")),
    st.lists(st.integers(0, 255), min_size=1, max_size=20).map(lambda v: np.array(v, "u1")),
    st.lists(st.floats(width=32), min_size=1, max_size=20).map(lambda v: np.array(v, "f4")),
    st.lists(st.floats(), min_size=1, max_size=20).map(lambda v: np.array(v, "f8")),
    st.lists(st.booleans(), min_size=1, max_size=20).map(np.array),
    st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=20).map(
        lambda v: np.array(v, object)
    ),
    st.integers(2, 4).flatmap(
        lambda k: st.lists(st.lists(st.floats(), min_size=k, max_size=k), min_size=1, max_size=9).map(np.array)
    ),
)


def _place(name: str, directory: Path) -> sets.Place:
    return sets.Place(open_store(f"memory://{name}"), directory)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=_VALUES, repeat=st.sampled_from([1, sets.INLINE_ROWS]))
def test_values_come_back_bit_for_bit(tmp_path: Path, values: Any, repeat: int) -> None:
    values = np.concatenate([values] * repeat)
    place = _place("sets", tmp_path)
    said = sets.Said("m-1", "d-1", "predict", sets.columns_of(values), labels=sets.columns_of(values[::-1]))
    found = sets.read(place, sets.write(place, said)[0])
    assert (found.n_rows, found.method) == (len(values), "predict")
    assert found.predictions is not None and found.labels is not None
    assert (found.predictions.part is not None) == (len(values) >= sets.INLINE_ROWS)
    for held, wanted in ((found.predictions, values), (found.labels, values[::-1])):
        columns = wanted.T if wanted.ndim == 2 else [wanted]
        read = sets.read_columns(place, held)
        assert len(read) == len(columns)
        for array, column in zip(read, columns, strict=True):
            back = array.to_numpy(zero_copy_only=False)
            assert back.tolist() == column.tolist() if column.dtype == object else _same_bits(back, column)
        some = slice(len(values) // 2, len(values) // 2 + 1)
        for array, column in zip(sets.read_columns(place, held, some), columns, strict=True):
            assert str(array.to_pylist()) == str(column[some].tolist())


@pytest.mark.parametrize("kind", [">i4", ">u2", ">f8", ">f2", ">M8[us]"])
@pytest.mark.parametrize("repeat", [1, sets.INLINE_ROWS])
def test_numbers_of_the_other_byte_order_come_back(tmp_path: Path, kind: str, repeat: int) -> None:
    values = np.array([3, 1, 250] * repeat).astype(kind)
    place = _place("order", tmp_path)
    found = sets.read(place, sets.write(place, sets.Said("m-1", "d-1", "predict", sets.columns_of(values)))[0])
    assert found.predictions is not None
    [array] = sets.read_columns(place, found.predictions)
    assert array.to_pylist() == values.tolist()


@pytest.mark.parametrize("unit", ["h", "s", "ms", "us", "ns"])
@pytest.mark.parametrize("repeat", [1, sets.INLINE_ROWS])
def test_spans_of_time_come_back(tmp_path: Path, unit: str, repeat: int) -> None:
    values = np.array([3, -1, 7_200, "NaT"] * repeat).astype(f"m8[{unit}]")
    place = _place("spans", tmp_path)
    found = sets.read(place, sets.write(place, sets.Said("m-1", "d-1", "predict", sets.columns_of(values)))[0])
    assert found.predictions is not None
    [array] = sets.read_columns(place, found.predictions)
    assert pa.types.is_duration(array.type)
    assert np.array_equal(array.to_numpy(zero_copy_only=False), values, equal_nan=True)
    assert array.null_count == repeat


def test_a_set_of_a_later_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    place = _place("later", tmp_path)
    said = sets.Said("m-1", "d-1", "predict", sets.columns_of([1, 2]))
    found = sets.read(place, sets.write(place, said)[0])
    later = place.objects.put_bytes(msgspec.msgpack.encode(msgspec.structs.replace(found, format=99)))
    with pytest.raises(StoreTooNew, match=r"format 99.*Upgrade ModelDB"):
        sets.read(place, later)


def _same_bits(a: Any, b: Any) -> bool:
    return bool(a.dtype == b.dtype and np.ascontiguousarray(a).tobytes() == np.ascontiguousarray(b).tobytes())


@pytest.fixture
def large(tmp_path: Path) -> tuple[sets.Place, Any, Any]:
    rng = np.random.default_rng(0)
    labels, scores = rng.choice(["no", "yes"], 25_000), rng.random((25_000, 2), dtype=np.float32)
    return _place("large", tmp_path), labels, scores


def test_other_engines_read_the_parts_as_they_are(large: tuple[sets.Place, Any, Any]) -> None:
    place, labels, scores = large
    classes = sets.columns_of(np.array(["no", "yes"]))[0]
    said = sets.Said("m-1", "d-1", "predict_proba", sets.columns_of(scores), classes, sets.columns_of(labels))
    found = sets.read(place, sets.write(place, said)[0])
    assert found.labels is not None and found.scores is not None
    paths = [parts.place(place.directory, str(held.part)) for held in (found.labels, found.scores)]
    assert polars.read_parquet(paths[0])["label"].to_list() == labels.tolist()
    assert np.array_equal(polars.read_parquet(paths[1]).to_numpy(), scores)
    rows = duckdb.connect().execute(f"SELECT score_0, score_1 FROM '{paths[1]}'").fetchnumpy()
    assert np.array_equal(np.column_stack([rows["score_0"], rows["score_1"]]), scores)
    groups = duckdb.connect().execute(f"SELECT DISTINCT row_group_id FROM parquet_metadata('{paths[1]}')").fetchall()
    assert len(groups) == 3


def test_sets_of_a_dataset_share_its_labels(large: tuple[sets.Place, Any, Any]) -> None:
    place, labels, _scores = large
    truth = sets.columns_of(labels)
    for number in range(3):
        said = sets.columns_of(np.roll(labels, number))
        sets.write(place, sets.Said(f"m-{number}", "d-1", "predict", said, labels=truth))
    assert len(list(parts.digests(place.directory))) == 3 + 1


def test_small_sets_leave_no_files(tmp_path: Path) -> None:
    place = _place("small", tmp_path / "examples")
    for number in range(50):
        sets.write(place, sets.Said(f"m-{number}", "d-1", "predict", sets.columns_of(np.arange(100) + number)))
    assert not (tmp_path / "examples").exists()


def test_a_flipped_byte_is_found_and_never_returned(large: tuple[sets.Place, Any, Any]) -> None:
    place, labels, _ = large
    digest, _ = parts.write(place.directory, pa.table({"label": labels}))
    path = parts.place(place.directory, digest)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(StoreDamaged, match="fsck"):
        parts.read(place.directory, digest)


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="fsck"):
        parts.read(tmp_path, "0" * 32)


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("os.fsync", fail)
    with pytest.raises(OSError, match="no space"):
        parts.write(tmp_path, pa.table({"label": [1, 2, 3]}))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_killed_writer_leaves_no_half_part(tmp_path: Path) -> None:
    import signal
    import subprocess
    import sys
    import time

    program = (
        "import sys, numpy as np, pyarrow as pa\n"
        "from pathlib import Path\n"
        "from modeldb.examples import parts\n"
        "for number in range(10**6):\n"
        "    table = pa.table({'score_0': np.random.default_rng(number).random(50_000)})\n"
        "    print(parts.write(Path(sys.argv[1]), table)[0], flush=True)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    first = [child.stdout.readline().strip() for _ in range(3)]
    time.sleep(0.05)
    child.send_signal(signal.SIGKILL)
    said = [*first, *child.stdout.read().split()]
    child.wait()
    child.stdout.close()
    visible = list(parts.digests(tmp_path))
    assert set(visible) >= {digest for digest in said if len(digest) == 32}
    for digest in visible:
        assert parts.read(tmp_path, digest).num_rows == 50_000
