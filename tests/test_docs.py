"""The pages say what is so: settings, commands and errors are in them, places in the code exist, the README runs."""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

import modeldb
from modeldb import config, errors
from modeldb.cli import COMMANDS

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "modeldb"
README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PAGES = {path.relative_to(ROOT): path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("docs/**/*.md"))}
PAGES |= {Path(name): (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "CHANGELOG.md")}


def test_the_table_of_settings_is_that_of_the_code() -> None:
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \| (?:`(.*?)`)? ?\| (.*) \|$", PAGES[Path("docs/settings.md")], re.M)
    written = {name: (variable, default, sentence) for name, variable, default, sentence in rows}
    for entry in config.table():
        plain = int(entry.default) if isinstance(entry.default, bool) else entry.default
        default = "" if plain is None else str(plain)
        assert written[entry.name] == (entry.variable, default, entry.sentence)
    assert len(written) == len(config.table())


def test_the_table_of_commands_is_that_of_the_code() -> None:
    rows = re.findall(r"^\| `modeldb (\w+)` \| (.*) \|$", PAGES[Path("docs/commands.md")], re.M)
    assert rows == [(name, sentence) for name, (_, sentence) in COMMANDS.items()]


@pytest.mark.parametrize("command", [name for name in COMMANDS if name != "run"])
def test_every_command_explains_itself(command: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "modeldb", command, "--help"], capture_output=True, text=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"Usage: modeldb {command}")


def test_the_tree_of_errors_draws_every_error() -> None:
    found = {
        value
        for value in vars(errors).values()
        if isinstance(value, type) and issubclass(value, errors.ModelDBError) and value.__module__ == errors.__name__
    }
    assert errors.__doc__ is not None
    drawn = dict(re.findall(r"^[│ ]*[├└]── (\w+)(?: \((\w+)\))?", errors.__doc__, re.M))
    assert {error.__name__ for error in found} == set(drawn) | {"ModelDBError"}
    for error in found - {errors.ModelDBError}:
        builtin = drawn[error.__name__]
        assert not builtin or builtin in {base.__name__ for base in error.__mro__}


def names(tree: ast.Module) -> set[str]:
    """What a module defines, methods with their class in front."""
    found = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{inner.name}" for inner in node.body if isinstance(inner, ast.FunctionDef)}
    return found


@pytest.mark.parametrize("place", sorted(set(re.findall(r"`([\w/]+\.py(?:::[\w.]+)?)`", ARCHITECTURE))))
def test_the_architecture_points_at_what_is_there(place: str) -> None:
    path, _, name = place.partition("::")
    file = SOURCE / path if (SOURCE / path).exists() else ROOT / path
    assert file.exists()
    assert not name or name in names(ast.parse(file.read_text(encoding="utf-8")))


def test_the_architecture_names_every_package() -> None:
    ours = {path.name.removesuffix(".py") for path in SOURCE.iterdir() if path.suffix in ("", ".py")}
    small = {"__init__", "__main__", "__pycache__", "_bootstrap", "config", "errors", "store"}
    table = ARCHITECTURE.split("## The packages", 1)[1].split("\n## ", 1)[0]
    cells = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", table, re.M)
    assert ours - small == {name for cell in cells for name in re.findall(r"\w+", cell)}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", PAGES[page]):
        if not target.startswith(("http:", "https:")):
            assert (ROOT / page.parent / target).exists(), f"{page} points at {target}"


def test_every_page_is_linked_from_the_readme() -> None:
    pages = {path.name for path in (ROOT / "docs").glob("*.md")}
    assert pages <= {Path(target).name for target in re.findall(r"\]\((docs/[\w./]+)\)", README)}


def blocks(language: str) -> list[str]:
    """The README's code blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where somebody followed the README from the top: saved the script, typed the commands."""
    pytest.importorskip("sklearn")
    place = tmp_path_factory.mktemp("readme")
    (place / "train.py").write_text(blocks("python")[0], encoding="utf-8")
    typed = [line.removeprefix("$ ") for block in blocks("console") for line in block.splitlines()]
    assert sum(line.startswith("modeldb run") for line in typed) == 2
    for line in typed:
        done = type_in(line, place)
        assert done.returncode == 0, f"{line}: {done.stderr}"
        assert done.stdout or line.startswith("sed")
    return place


def environment(place: Path) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MODELDB_")}
    return {**kept, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"}


def type_in(line: str, place: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of the README; `modeldb` is ours whatever is installed."""
    words = shlex.split(line)
    if words[0] == "modeldb":
        words = [sys.executable, "-m", "modeldb", *words[1:]]
    return subprocess.run(
        words, cwd=place, env=environment(place), capture_output=True, text=True, encoding="utf-8", timeout=300
    )


def test_the_readme_finds_out_what_the_change_did(followed: Path) -> None:
    log = type_in("modeldb log", followed).stdout
    assert "max_depth: 1 → 4" in log
    story = type_in("modeldb show forest", followed).stdout
    assert story.index("read_csv") < story.index("train_test_split") < story.index("RandomForestClassifier.fit")


@pytest.mark.parametrize("number", range(len(blocks("sql"))))
def test_the_sql_of_the_readme_has_answers(followed: Path, number: int) -> None:
    with modeldb.open(followed / ".modeldb") as db:
        assert len(db.sql(blocks("sql")[number])) > 0


def test_the_python_of_the_readme_runs(followed: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", blocks("python")[1]],
        cwd=followed,
        env=environment(followed),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "accuracy_score" in done.stdout


def test_the_readme_names_examples_by_dataset(followed: Path) -> None:
    assert "examples('X_test')" in README
    with modeldb.open(followed / ".modeldb") as db:
        assert len(db.sql("SELECT * FROM examples('X_test')")) == 72
