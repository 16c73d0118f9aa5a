"""Settings: where they come from, and that the table in the docs is the one in the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from modeldb import config
from modeldb.errors import InvalidInput

DOCS = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_docs_list_every_setting_as_it_is() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| (.*?) \| (.*) \|$", DOCS.read_text(), re.MULTILINE)
    expected = [
        (e.name, e.variable, "" if e.default is None else f"`{shown(e.default)}`", e.sentence) for e in config.table()
    ]
    assert rows == expected


def shown(default: object) -> str:
    return str(int(default)) if isinstance(default, bool) else str(default)


def test_an_argument_beats_the_environment_beats_the_file_beats_the_default(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('format = 1\n[settings]\nproject = "file"\nexperiment = "file"\nexit_drain_s = 7\n')
    environ = {"MODELDB_PROJECT": "environment", "MODELDB_EXPERIMENT": "environment"}
    found = config.load(file, environ, project="argument", name=None)
    assert (found.project, found.experiment, found.exit_drain_s) == ("argument", "environment", 7.0)
    assert (found.name, found.keep_models) == (None, True)


@pytest.mark.parametrize(("text", "meant"), [("1", True), ("Yes", True), ("0", False), ("off", False), ("", False)])
def test_switches_are_read_in_the_usual_spellings(text: str, meant: bool) -> None:
    assert config.load(environ={"MODELDB_KEEP_MODELS": text}).keep_models is meant


@pytest.mark.parametrize(
    ("variable", "value"),
    [("MODELDB_KEEP_MODELS", "perhaps"), ("MODELDB_DIFF_BYTES", "2MB"), ("MODELDB_EXIT_DRAIN_S", "soon")],
)
def test_a_value_that_cannot_be_used_is_named(variable: str, value: str) -> None:
    with pytest.raises(InvalidInput, match=f"{variable} is '{value}'"):
        config.load(environ={variable: value})


@pytest.mark.parametrize("value", ["[1]", "1.5", "true", "inf", '"many"'])
def test_a_value_of_the_wrong_type_in_the_file_is_named(tmp_path: Path, value: str) -> None:
    (tmp_path / "config.toml").write_text(f"[settings]\nkeep_predictions = {value}\n")
    with pytest.raises(InvalidInput, match=r"keep_predictions in .*config.toml is .*, which is not a whole number"):
        config.load(tmp_path / "config.toml", {})


def test_a_misspelt_setting_in_the_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("[settings]\nkeep_model = false\n")
    with pytest.raises(InvalidInput, match="'keep_model', which is no setting"):
        config.load(file, {})
