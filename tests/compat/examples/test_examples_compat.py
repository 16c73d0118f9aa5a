"""Predictions and data kept by earlier versions are read by this one. The files here are never written again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from modeldb.examples import kept, parts, sets
from modeldb.objects import columns, open_store

HERE = Path(__file__).parent
SMALL, LARGE = 60, 4_100
TYPES = {"INT32", "INT64", "FLOAT", "DOUBLE", "BYTE_ARRAY", "BOOLEAN"}
ENCODINGS = {"PLAIN", "RLE", "RLE_DICTIONARY", "PLAIN_DICTIONARY", "BIT_PACKED"}


def frame() -> pd.DataFrame:
    """The data set that was kept: numbers, texts, times, categories, and something missing."""
    place = np.arange(SMALL)
    return pd.DataFrame(
        {
            "age": place % 40,
            "income": np.where(place % 7 == 0, np.nan, place / 8),
            "name": [f"n{at % 5}" for at in place],
            "when": pd.Timestamp("2026-01-01") + pd.to_timedelta(place, unit="h"),
            "group": pd.Categorical.from_codes(place % 3, ["a", "b", "c"]),
        }
    )


def answers(count: int) -> tuple[Any, Any, Any]:
    """What was true and what was said, and with which scores."""
    place = np.arange(count)
    names = np.array(["no", "yes"])
    yes = (place % 11 / 16).astype(np.float32)
    return names[place % 2], names[place % 3 // 2], np.column_stack([1 - yes, yes])


DIGESTS: dict[str, Any] = json.loads((HERE / "v1.json").read_text())


@pytest.fixture
def place(tmp_path: Path) -> sets.Place:
    shutil.copytree(HERE / "v1", tmp_path / "v1")
    return sets.Place(open_store(tmp_path / "v1" / "objects", readonly=True), tmp_path / "v1" / "examples")


def test_kept_data_is_what_it_was(place: sets.Place) -> None:
    told = DIGESTS["dataset"]
    loaded = kept.load(place.objects, told["kept"], told["digest"])
    pd.testing.assert_frame_equal(loaded, frame())
    found = columns.digest(frame())
    assert found is not None and found.digest == told["digest"], "and is still named the same"
    shown = kept.to_arrow(kept.read(place.objects, told["kept"]))
    assert shown.column_names == ["row", "example", *frame().columns]
    assert shown["name"].to_pylist() == frame()["name"].tolist()


@pytest.mark.parametrize("size,count", [("small", SMALL), ("large", LARGE)])
def test_predictions_are_what_they_were(place: sets.Place, size: str, count: int) -> None:
    labels, said, scores = answers(count)
    for method, values in (("predict", [said]), ("predict_proba", list(scores.T))):
        found = sets.read(place, DIGESTS[f"{size} {method}"])
        assert (found.model_id, found.dataset_id, found.method, found.n_rows) == ("m-1", "d-1", method, count)
        assert (found.rows is not None) == (size == "small")
        held = found.scores if method == "predict_proba" else found.predictions
        assert held is not None and found.labels is not None
        assert (held.part is not None) == (size == "large")
        read = sets.read_columns(place, held)
        for array, value in zip(read, values, strict=True):
            np.testing.assert_array_equal(array.to_numpy(zero_copy_only=False), value)
        [true] = sets.read_columns(place, found.labels)
        assert true.to_pylist() == labels.tolist()
    numbers = sets.read(place, DIGESTS[f"{size} numbers"])
    assert numbers.predictions is not None and numbers.labels is None and numbers.classes is None
    np.testing.assert_array_equal(sets.read_columns(place, numbers.predictions)[0].to_numpy(), scores[:, 0])


def test_spans_of_time_in_a_part_are_what_they_were(tmp_path: Path) -> None:
    shutil.copytree(HERE / "spans", tmp_path / "spans")
    place = sets.Place(open_store(tmp_path / "spans" / "objects", readonly=True), tmp_path / "spans" / "examples")
    found = sets.read(place, "045a143f08158710a24eb25e45f569b5")
    assert found.predictions is not None and found.predictions.part is not None
    [array] = sets.read_columns(place, found.predictions)
    np.testing.assert_array_equal(array.to_numpy(), (np.arange(LARGE) % 50).astype("m8[s]"))


def test_parts_are_of_types_and_encodings_that_every_reader_has(place: sets.Place) -> None:
    """float16, byte-stream-split and delta encodings are what Spark or older readers lack."""
    paths = [parts.place(place.directory, digest) for digest in parts.digests(place.directory)]
    assert len(paths) == 4  # labels once for two sets, predictions, scores, numbers
    for path in paths:
        meta = pq.ParquetFile(path).metadata
        assert meta.format_version in ("1.0", "2.4", "2.6")
        for group in range(meta.num_row_groups):
            assert meta.row_group(group).num_rows <= parts.ROW_GROUP
            for at in range(meta.num_columns):
                column = meta.row_group(group).column(at)
                assert column.physical_type in TYPES
                assert column.compression == "ZSTD"
                assert set(column.encodings) <= ENCODINGS
        for at in range(meta.num_columns):
            assert str(meta.schema.column(at).logical_type.type) in ("NONE", "STRING", "INT")
