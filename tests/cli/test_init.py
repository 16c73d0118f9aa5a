"""`modeldb init`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from modeldb.cli.common import opened
from modeldb.cli.init import command
from modeldb.errors import NotFound
from modeldb.store import find_store


def test_a_store_is_made_here_and_found_from_below(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(command).output
    assert said == f"Made the store {tmp_path / '.modeldb'}. Record a script with: modeldb run SCRIPT\n"
    assert (tmp_path / ".modeldb" / "catalog.sqlite").exists()
    (tmp_path / "below").mkdir()
    assert find_store(cwd=tmp_path / "below", environ={}).root == tmp_path / ".modeldb"
    assert "is there already" in CliRunner().invoke(command).output


def test_it_is_made_where_it_is_asked_for(tmp_path: Path) -> None:
    said = CliRunner().invoke(command, ["--store", str(tmp_path / "s"), "--format", "json"]).output
    assert json.loads(said) == {"store": str(tmp_path / "s"), "made": True}


def test_warnings_are_told_when_the_question_fails_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = str(tmp_path / "s")
    CliRunner().invoke(command, ["--store", store])
    with pytest.raises(NotFound), opened(store) as db:
        db.warnings = ["a journal could not be read"]
        raise NotFound("There is no run.")
    assert capsys.readouterr().err == "modeldb: warning: a journal could not be read\n"
