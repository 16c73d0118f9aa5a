"""Stores written by earlier versions are read by this one. The files here are never written again."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from modeldb.objects import ObjectStore, codecs, open_store
from modeldb.objects.fsck import fsck

HERE = Path(__file__).parent
DIGESTS: dict[str, str] = json.loads((HERE / "v1.json").read_text())
CODECS: dict[str, str] = json.loads((HERE / "codecs.json").read_text())

TREES = [(29, 300.0), (57, 300.0), (35, 300.0), (45, 149.53), (59, 300.0)]


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    shutil.copytree(HERE / "v1", tmp_path / "v1")
    return open_store(tmp_path / "v1", trusted=True, readonly=True)


def test_everything_in_it_is_sound(store: ObjectStore) -> None:
    report = fsck(store)
    assert report.problems == ()
    assert set(store.digests()) == set(DIGESTS.values())


def test_values_are_what_they_were(store: ObjectStore) -> None:
    values = store.load(DIGESTS["arrays"])
    np.testing.assert_array_equal(values["floats"], np.linspace(0, 1, 400))
    np.testing.assert_array_equal(values["ints"], np.arange(600) ** 2)
    assert (values["text"], values["tuple"]) == ("x" * 50, (1, 2.5, None))
    assert store.get_bytes(DIGESTS["bytes"]) == b"a source file\n" * 20
    chunks = [hashlib.sha256(str(i % 700).encode()).digest() for i in range(1500)]
    assert store.get_bytes(DIGESTS["chunked bytes"]) == b"".join(chunks)
    [records] = store.load(DIGESTS["records"])
    np.testing.assert_array_equal(records["count"], np.arange(200))
    np.testing.assert_array_equal(records["value"], np.arange(200) % 7 / 3)


@pytest.mark.parametrize("name", ["forest", "best first", "regression forest", "vectorizer"])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.InconsistentVersionWarning")
def test_parts_of_models_decode(name: str, store: ObjectStore) -> None:
    made = store.manifest(DIGESTS[name])
    assert made.type_name.startswith("sklearn.")
    found = store.read_many([ref.digest for ref in made.parts])
    assert [sum(map(len, found[ref.digest])) for ref in made.parts] == [ref.raw for ref in made.parts]
    try:
        model = store.load(DIGESTS[name])
    except (ValueError, ImportError):  # scikit-learn has changed its own classes since
        return
    if name == "vectorizer":
        assert model.vocabulary_["word007"] == 407
    else:
        assert len(model.estimators_) == 3


def test_floats_are_what_they_were(tmp_path: Path) -> None:
    """Stored when the codec for floats came: what hashes say, cubed, in three widths."""
    shutil.copytree(HERE / "floats", tmp_path / "floats")
    half = np.frombuffer(b"".join(hashlib.sha256(str(i).encode()).digest() for i in range(500)), "<u4") / 2**32 - 0.5
    with open_store(tmp_path / "floats", trusted=True, readonly=True) as store:
        assert fsck(store).problems == ()
        [digest] = store.digests()
        for name, values in store.load(digest).items():
            np.testing.assert_array_equal(values, (half * half * half).astype(name))
        known = {store.directory_entry(bytes.fromhex(part)).entry.codec for part, _ in store.info(digest).parts}
        assert codecs.FLOATS in known


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.InconsistentVersionWarning")
def test_records_and_trees_of_other_criteria_are_what_they_were(tmp_path: Path) -> None:
    """Stored when each had its ways of being written: records of five types, entropy, weights, absolute errors."""
    shutil.copytree(HERE / "codecs", tmp_path / "codecs")
    with open_store(tmp_path / "codecs", trusted=True, readonly=True) as store:
        assert fsck(store).problems == ()
        assert set(store.digests()) == set(CODECS.values())
        for name, digest in CODECS.items():
            known = {store.directory_entry(bytes.fromhex(part)).entry.codec for part, _ in store.info(digest).parts}
            assert known == {codecs.RECORDS if name == "records" else codecs.TREES}
        [records] = store.load(CODECS["records"])
        rows = [(i % 3, i / 7, str(i % 9), i % 5 == 0, i * i % 97) for i in range(600)]
        np.testing.assert_array_equal(records, np.array(rows, "i4, f8, U3, ?, i8").astype(records.dtype))
        assert records.dtype.names == ("a", "b", "c", "d", "e")
        try:
            models = {name: store.load(digest) for name, digest in CODECS.items()}
        except (ValueError, ImportError):  # scikit-learn has changed its own classes since
            return
        trees = [model.tree_ for model in (*models["entropy"], models["weighted"], models["absolute error"])]
        assert [(tree.node_count, round(tree.weighted_n_node_samples[0], 2)) for tree in trees] == TREES
        assert [round(tree.impurity[0], 6) for tree in trees] == [0.950672, 0.992774, 0.955654, 0.4788, 1.591633]
