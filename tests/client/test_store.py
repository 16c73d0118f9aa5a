"""Where a store is looked for, and how it is made."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from modeldb import store
from modeldb.errors import InvalidInput, NotFound, StoreError, StoreReadOnly, StoreTooNew


def test_the_nearest_directory_above_is_the_store(tmp_path: Path) -> None:
    (tmp_path / ".modeldb").mkdir()
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert store.find_store(cwd=below, environ={}).root == tmp_path / ".modeldb"
    (below / ".modeldb").mkdir()
    assert store.find_store(cwd=below, environ={}).root == below / ".modeldb"


def test_without_one_it_is_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    assert store.find_store(cwd=tmp_path, environ={"XDG_DATA_HOME": "/data"}).root == Path("/data/modeldb")


def test_what_is_given_comes_before_the_environment(tmp_path: Path) -> None:
    environ = {"MODELDB_STORE": "/s", "MODELDB_URL": "/u"}
    assert store.find_store(tmp_path / "x", environ=environ).root == tmp_path / "x"
    assert store.find_store(environ=environ).root == Path("/s")
    assert store.find_store(environ={"MODELDB_URL": "/u"}).root == Path("/u")


def test_a_project_directory_stands_for_the_store_in_it(tmp_path: Path) -> None:
    (tmp_path / ".modeldb").mkdir()
    assert store.find_store(tmp_path).root == tmp_path / ".modeldb"


def test_an_address_is_refused_without_repeating_its_password() -> None:
    with pytest.raises(InvalidInput) as caught:
        store.find_store("postgresql://me:hunter2@host/db")
    assert "postgresql" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_making_a_store_twice_changes_nothing(tmp_path: Path) -> None:
    layout = store.init(store.StoreLayout(tmp_path / "s"))
    layout.config.write_text("format = 1\n[settings]\nproject = 'p'\n")
    store.init(layout)
    assert "project = 'p'" in layout.config.read_text()
    assert store.check_format(layout) == store.FORMAT
    assert (layout.root / ".gitignore").read_text() == "*\n"


def test_a_later_or_broken_format_is_refused(tmp_path: Path) -> None:
    layout = store.StoreLayout(tmp_path)
    with pytest.raises(NotFound, match="modeldb init"):
        store.check_format(layout)
    layout.config.write_text("format = 2\n")
    with pytest.raises(StoreTooNew, match="has store format 2"):
        store.init(layout)
    layout.config.write_text("nothing\n")
    with pytest.raises(StoreError, match="has no line"):
        store.init(layout)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be used as a store"):
        store.init(store.StoreLayout(tmp_path / "file" / "store"))
    if os.getuid() != 0:
        (tmp_path / "closed").mkdir(mode=0o500)
        with pytest.raises(StoreReadOnly, match="cannot be written to"):
            store.init(store.StoreLayout(tmp_path / "closed" / "store"))
