"""The replica is the catalog, whatever happened in between and to its files."""

from __future__ import annotations

import random
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Integer, LargeBinary

from modeldb.catalog import Catalog, open_catalog
from modeldb.catalog.schema import metadata
from modeldb.core.actions import Action, DatasetDescribed, ModelStored, RunEnded
from modeldb.query.replica import Replica
from modeldb.query.shapes import SHAPES
from modeldb.testing.stores import apply_all
from modeldb.testing.synthetic import records

EVERY = sorted(SHAPES)
KEPT_OUT = {"unknown_records"}


def in_catalog(catalog: Catalog, name: str) -> list[tuple[Any, ...]]:
    """A table's rows as the replica should have them."""
    shape = SHAPES[name]
    columns = ", ".join(f'"{column}"' for column, _ in shape.columns)
    rows = []
    for row in catalog.query(f"SELECT {columns} FROM {shape.source}"):
        values = list(row)
        for place, (_, kind) in enumerate(shape.columns):
            if kind == "bool" and values[place] is not None:
                values[place] = bool(values[place])
            if kind == "time" and values[place] is not None:
                values[place] = round(values[place] * 1e6)
        rows.append(tuple(values))
    return sorted(rows, key=repr)


def in_replica(table: Any, name: str) -> list[tuple[Any, ...]]:
    import pyarrow as pa

    columns = []
    for column, (_, kind) in zip(table.columns, SHAPES[name].columns, strict=True):
        columns.append((column.cast(pa.int64()) if kind == "time" else column).to_pylist())
    return sorted(zip(*columns, strict=True), key=repr) if columns[0] else []


def assert_equal(replica: Replica, catalog: Catalog) -> None:
    for name, table in replica.tables(EVERY).items():
        assert in_replica(table, name) == in_catalog(catalog, name), name


def test_every_replicated_table_has_the_shape_of_the_schema() -> None:
    tables = {t.name: t for t in metadata.sorted_tables if "entry" in t.columns and t.name not in KEPT_OUT}
    assert set(tables) == set(SHAPES)
    for name, table in tables.items():
        expected = {c.name for c in table.columns if not isinstance(c.type, LargeBinary)}
        own = dict(table.columns.items())
        if SHAPES[name].source != name:
            own["action_id"] = tables["actions"].columns["action_id"]
            expected.add("action_id")
        assert {column for column, _ in SHAPES[name].columns} == expected, name
        assert SHAPES[name].key == tuple(c.name for c in table.primary_key.columns), name
        for column, kind in SHAPES[name].columns:
            declared = own[column].type
            assert (kind == "bool") == isinstance(declared, Boolean), (name, column)
            assert (kind == "int") == isinstance(declared, Integer), (name, column)


def test_it_follows_the_catalog_through_random_additions_and_updates(catalog: Catalog, tmp_path: Path) -> None:
    rng = random.Random(7)
    replica = Replica(tmp_path / "replica", catalog)
    assert_equal(replica, catalog)
    for number, run in enumerate(records(12, steps=5)):
        cut = rng.randrange(len(run) + 1)
        apply_all(catalog, run[:cut])
        if rng.random() < 0.5:
            assert_equal(replica, catalog)
        apply_all(catalog, run[cut:])
        known = [row[0] for row in catalog.query("SELECT model_id FROM models")]
        datasets = [row[0] for row in catalog.query("SELECT dataset_id FROM datasets")]
        if known:
            apply_all(catalog, [ModelStored(rng.choice(known), f"digest {number}", 10, 5)])
            apply_all(catalog, [DatasetDescribed(rng.choice(datasets), [], kept=True)])
        assert_equal(replica, catalog)
    assert_equal(Replica(tmp_path / "replica", catalog), catalog)


def test_segments_stay_few(catalog: Catalog, tmp_path: Path) -> None:
    replica = Replica(tmp_path / "replica", catalog)
    for run in records(40, steps=3):
        apply_all(catalog, run)
        replica.tables(EVERY)
    for name in EVERY:
        assert len(replica.described(name).segments) <= 8, name


@pytest.mark.parametrize("harm", ["flip", "cut", "delete", "empty"])
@pytest.mark.parametrize("file", ["manifest.json", "*.arrow"])
def test_damaged_files_are_made_anew(catalog: Catalog, tmp_path: Path, harm: str, file: str) -> None:
    for run in records(5, steps=5):
        apply_all(catalog, run)
    Replica(tmp_path / "replica", catalog).tables(EVERY)
    for path in (tmp_path / "replica").glob(f"*/{file}"):
        data = bytearray(path.read_bytes())
        match harm:
            case "flip":
                data[len(data) // 2] ^= 0x40
                path.write_bytes(data)
            case "cut":
                path.write_bytes(data[: len(data) // 2])
            case "empty":
                path.write_bytes(b"")
            case "delete":
                path.unlink()
    assert_equal(Replica(tmp_path / "replica", catalog), catalog)


def test_a_catalog_set_back_to_an_earlier_state_is_followed(catalog: Catalog, tmp_path: Path) -> None:
    replica = Replica(tmp_path / "replica", catalog)
    for run in records(5, steps=5):
        apply_all(catalog, run)
    replica.tables(EVERY)
    from modeldb.catalog import open_catalog

    with open_catalog(tmp_path / "earlier.sqlite") as earlier:
        for run in records(2, steps=5):
            apply_all(earlier, run)
        assert_equal(Replica(tmp_path / "replica", earlier), earlier)


def test_another_catalog_in_its_place_is_followed_whatever_its_entry_is(catalog: Catalog, tmp_path: Path) -> None:
    for run in records(2, steps=5):
        apply_all(catalog, run)
    Replica(tmp_path / "replica", catalog).tables(EVERY)
    with open_catalog(tmp_path / "other.sqlite") as other:
        for run in records(5, steps=5, seed=8):
            apply_all(other, run)
        assert other.last_entry() > catalog.last_entry()
        assert_equal(Replica(tmp_path / "replica", other), other)


@pytest.mark.parametrize("kinds", ["all", "runs alone"])
def test_news_are_added_to_what_is_there(catalog: Catalog, tmp_path: Path, kinds: str) -> None:
    runs = [[r for r in run if kinds == "all" or not isinstance(r, Action)] for run in records(30, steps=3)]
    replica = Replica(tmp_path / "replica", catalog)
    for run in runs[:-1]:
        apply_all(catalog, run)
    replica.tables(EVERY)
    before = replica.described("runs").segments[0]
    apply_all(catalog, runs[-1])
    assert_equal(replica, catalog)
    assert before in replica.described("runs").segments


def test_several_at_once_agree(catalog: Catalog, tmp_path: Path) -> None:
    failures: list[BaseException] = []
    stop = threading.Event()

    def follow() -> None:
        replica = Replica(tmp_path / "replica", catalog)
        try:
            while not stop.is_set():
                tables = replica.tables(["models", "runs", "metrics"])
                ids = tables["models"]["model_id"].to_pylist()
                assert len(ids) == len(set(ids))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=follow) for _ in range(3)]
    for thread in threads:
        thread.start()
    for run in records(30, steps=3):
        apply_all(catalog, run)
    stop.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert_equal(Replica(tmp_path / "replica", catalog), catalog)


def test_large_tables_are_fetched_in_pages(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modeldb.query.replica.BATCH", 7)
    for run in records(4, steps=5):
        apply_all(catalog, run)
    assert_equal(Replica(tmp_path / "replica", catalog), catalog)
    apply_all(catalog, [RunEnded("r-nobody", "failed", 1.0)])
    assert_equal(Replica(tmp_path / "replica", catalog), catalog)
