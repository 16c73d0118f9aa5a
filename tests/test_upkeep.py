"""Checking, clearing up and measuring a store that was really recorded."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

import modeldb
from modeldb import database, upkeep
from modeldb.catalog import open_catalog
from modeldb.core import codec
from modeldb.errors import ModelDBError, StoreDamaged
from modeldb.journal import JournalWriter
from modeldb.store import StoreLayout
from modeldb.testing.catalog import a_run


@pytest.fixture
def store(recorded_store, tmp_path):
    """A copy to damage."""
    shutil.copytree(recorded_store, tmp_path / "store")
    return tmp_path / "store"


def cli(store, *words):
    return subprocess.run(
        [sys.executable, "-m", "modeldb", *words, "--store", str(store)], capture_output=True, text=True, timeout=120
    )


def test_a_sound_store_is_sound(store):
    with modeldb.open(store) as db:
        health = upkeep.check(db)
    assert health.ok and health.objects.objects > 3


def test_a_flipped_byte_is_found_and_never_returned(store):
    (pack,) = [path for path in (store / "objects" / "packs").iterdir() if path.stat().st_size > 10_000]
    data = bytearray(pack.read_bytes())
    data[len(data) // 2] ^= 0xFF
    pack.write_bytes(data)
    with modeldb.open(store) as db:
        assert not upkeep.check(db).ok
    answer = cli(store, "fsck")
    assert answer.returncode == 1 and "damaged" in answer.stdout


def test_what_the_catalog_names_and_nobody_has_is_missing(store):
    shutil.rmtree(store / "objects")
    with modeldb.open(store) as db:
        health = upkeep.check(db)
    assert {reference.what for reference in health.missing} >= {"model", "column"}


def test_collecting_keeps_what_is_needed(store):
    with modeldb.open(store) as db:
        upkeep.collect(db, grace_s=-1)
        assert upkeep.check(db).ok
        model = next(row for row in db.sql("select model_id from models where digest is not null").rows())[0]
        assert db.model(model).load() is not None


def test_old_contents_go_but_not_those_of_tagged_models(store, monkeypatch):
    with modeldb.open(store) as db:
        models = [row[0] for row in db.sql("select model_id from models where digest is not null").rows()]
        for target, kind, key in db.catalog.query("select target_id, kind, key from annotations"):
            (db.tag if kind == "tag" else db.note)(target, *((key, None) if kind == "tag" else (None, key)))
        db.tag(models[0], "keep")
        made, create = [], JournalWriter.create
        monkeypatch.setattr(JournalWriter, "create", lambda root: made.append(root) or create(root))
        report = upkeep.collect(db, older_than_days=0, grace_s=-1)
        assert report.removed > 0
        assert len(made) == 1, "one journal for all models"
        assert upkeep.check(db).ok
        assert db.model(models[0]).load() is not None
        gone = {row[0] for row in db.sql(f"select target_id from tags where key = '{upkeep.REMOVED}'").rows()}
        assert gone and models[0] not in gone
        with pytest.raises(ModelDBError):
            db.model(gone.pop()).load()


def test_du_counts_bytes_by_project_and_kind(store):
    facts = json.loads(cli(store, "du", "--format", "json").stdout)
    assert facts["projects"][0]["models"] > 0
    assert dict(facts["kinds"])["objects"] > 0
    assert facts["size_bytes"] > facts["stored_bytes"] > 0
    assert "times less" in cli(store, "du").stdout


def test_a_store_one_may_only_read_is_checked_and_measured(store, monkeypatch):
    journal = JournalWriter.create(StoreLayout(store).journal)
    journal.append(codec.encode(a_run()))
    journal.close()
    monkeypatch.setattr(database, "_catalog", lambda layout: open_catalog(layout.catalog, readonly=True))
    with modeldb.open(store) as db:
        assert upkeep.check(db).ok
        assert upkeep.measure(db).projects


def predicted(tmp_path):
    """A store with predictions of enough rows to lie in Parquet parts."""
    script = tmp_path / "large.py"
    script.write_text(
        "import numpy as np\n"
        "from sklearn.linear_model import LogisticRegression\n"
        "from sklearn.metrics import accuracy_score\n"
        "X = np.random.default_rng(0).normal(size=(6000, 3)); y = (X[:, 0] > 0).astype(int)\n"
        "model = LogisticRegression().fit(X, y)\n"
        "accuracy_score(y, model.predict(X))\n"
        "model.predict_proba(X)\n"
    )
    done = subprocess.run(
        [sys.executable, "-m", "modeldb", "run", "--store", str(tmp_path / "large"), str(script)],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return tmp_path / "large"


def flip(path, at):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_parts_of_predictions_are_checked_repaired_and_cleared_away(tmp_path):
    store = predicted(tmp_path)
    shutil.copytree(store, tmp_path / "copy")
    first, *rest = sorted((store / "examples").glob("??/*.parquet"))
    assert rest
    flip(first, 100)
    rest[0].unlink()
    answer = cli(store, "fsck")
    assert answer.returncode == 1
    assert f"damaged part {first.stem} of the predictions s-" in answer.stdout
    assert f"missing part {rest[0].stem} of the predictions s-" in answer.stdout
    answer = cli(store, "fsck", "--repair", "--from", str(tmp_path / "copy"))
    assert answer.returncode == 0, answer.stdout
    assert f"repaired {first.stem}" in answer.stdout
    left_over = store / "examples" / "00" / ("0" * 32 + ".parquet")
    left_over.parent.mkdir(exist_ok=True)
    left_over.write_bytes(b"nobody's")
    with modeldb.open(store) as db:
        assert upkeep.check(db).parts == (upkeep.PartProblem("0" * 32, "damaged", ""),)
        assert upkeep.collect(db).removed == 0, "it may be somebody's yet"
        report = upkeep.collect(db, grace_s=-1)
        assert report.removed >= 1 and not left_over.exists()
        assert upkeep.check(db).ok
        assert db.sql("SELECT count(score) FROM predictions").scalar() == 6000


@pytest.mark.parametrize("lost", [False, True], ids=["flipped", "lost"])
def test_objects_come_back_from_a_copy(store, tmp_path, lost):
    shutil.copytree(store, tmp_path / "copy")
    for pack in (store / "objects" / "packs").iterdir():
        if lost:
            pack.unlink()
        else:
            for at in range(200, pack.stat().st_size, 5_000):
                flip(pack, at)
    with modeldb.open(store) as db:
        assert not upkeep.check(db).ok
    answer = cli(store, "fsck", "--repair", "--from", str(tmp_path / "copy"))
    assert answer.returncode == 0, answer.stdout
    with modeldb.open(store) as db, modeldb.open(tmp_path / "copy") as copy:
        assert upkeep.check(db).ok
        model = db.sql("SELECT model_id FROM models WHERE digest IS NOT NULL LIMIT 1").scalar()
        assert db.model(model).load().get_params().keys() == copy.model(model).load().get_params().keys()


def test_nothing_is_collected_while_it_is_not_known_what_is_needed(store):
    with modeldb.open(store) as db:
        digest = db.catalog.query("select digest from prediction_sets")[0][0]
        where = db.objects.directory_entry(bytes.fromhex(digest))
        at = where.entry.offset + where.entry.stored // 2
        (pack,) = (store / "objects" / "packs").glob(where.pack + ".*")
    flip(pack, at)
    with modeldb.open(store) as db:
        found = upkeep.check(db)
        assert digest in {problem.digest for problem in found.objects.problems}
        with pytest.raises(StoreDamaged):
            upkeep.collect(db, grace_s=-1)


def test_a_damaged_catalog_is_found(store):
    with modeldb.open(store) as db:
        assert upkeep.check(db).catalog == ()
        db.catalog.query("PRAGMA wal_checkpoint(TRUNCATE)")
    catalog = store / "catalog.sqlite"
    data = bytearray(catalog.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4096] = b"\xff" * 4096
    catalog.write_bytes(data)
    with modeldb.open(store) as db:
        try:
            assert upkeep.check(db).catalog
        except ModelDBError:
            pass  # the question itself met the damage
