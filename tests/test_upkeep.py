"""Checking, clearing up and measuring a store that was really recorded."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys

import pytest

import modeldb
from modeldb import upkeep
from modeldb.errors import ModelDBError


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


def test_old_contents_go_but_not_those_of_tagged_models(store):
    with modeldb.open(store) as db:
        models = [row[0] for row in db.sql("select model_id from models where digest is not null").rows()]
        for target, kind, key in db.catalog.query("select target_id, kind, key from annotations"):
            (db.tag if kind == "tag" else db.note)(target, *((key, None) if kind == "tag" else (None, key)))
        db.tag(models[0], "keep")
        report = upkeep.collect(db, older_than_days=0, grace_s=-1)
        assert report.removed > 0
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
