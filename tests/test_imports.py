"""Arrows point down: which package knows of which, and what is loaded when."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import modeldb

SOURCE = Path(modeldb.__file__).parent

BASE = {"errors"}
KNOWS = {
    "core": BASE,
    "config": BASE,
    "store": BASE,
    "journal": BASE | {"core"},
    "objects": BASE | {"core"},
    "catalog": BASE | {"core", "journal"},
    "examples": BASE | {"core", "journal", "catalog", "objects"},
    "query": BASE | {"core", "journal", "catalog"},
    "history": BASE | {"core", "catalog", "query"},
    "handles": BASE | {"query", "database"},
    "engines": BASE | {"examples", "query", "history"},
    "database": BASE
    | {"core", "store", "journal", "catalog", "objects", "examples", "query", "history", "handles", "engines"},
    "upkeep": BASE | {"core", "catalog", "objects", "examples", "database"},
    "client": BASE | {"core", "config", "store", "journal", "catalog", "objects", "examples"},
    "integrations": BASE | {"core", "objects", "client"},
    "server": BASE | {"core", "journal", "store", "query", "examples", "history", "database", "handles"},
    "demo": BASE | {"store", "database"},
    "cli": BASE | {"store", "catalog", "query", "history", "database", "handles", "client", "server", "demo", "upkeep"},
    "_bootstrap": {"client"},
    "__main__": {"cli"},
}
"""Package to those it may import. `testing` is not here: it knows everybody, and nobody may know it."""


ONE_HOME = {
    "sqlalchemy": {"catalog"},
    "alembic": {"catalog"},
    "duckdb": {"query", "examples"},
    "starlette": {"server"},
    "uvicorn": {"server"},
    "obstore": {"objects"},
    "click": {"cli"},
}
"""Each driver and framework is imported in one place."""

HEAVY = {"numpy", "pandas", "polars", "pyarrow", "sklearn", "scipy", "duckdb", "sqlalchemy", "alembic", "pysqlite3"}
HEAVY |= {"starlette", "uvicorn", "torch", "xgboost", "lightgbm", "click", "rich"}


def modules() -> Iterator[tuple[str, ast.Module]]:
    """(package, syntax tree) of every file of ours. The demo's scripts are data."""
    for path in sorted(SOURCE.rglob("*.py")):
        place = path.relative_to(SOURCE).parts
        if place[:2] != ("demo", "scripts") and place != ("__init__.py",):
            yield place[0].removesuffix(".py"), ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.AST) -> Iterator[str]:
    """Names of imported modules, those within functions too, but not those that only annotations need."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            if node.module == "modeldb":
                yield from (f"modeldb.{alias.name}" for alias in node.names)
        else:
            yield from imported(node)


MODULES = list(modules())


@pytest.mark.parametrize("package", sorted({package for package, _ in MODULES} - {"errors", "testing"}))
def test_a_package_imports_only_those_below_it(package: str) -> None:
    assert package in KNOWS, f"{package} is new: say in KNOWS what it may import"
    ours = {path.name.removesuffix(".py") for path in SOURCE.iterdir()}
    found = {
        name.split(".")[1]
        for home, tree in MODULES
        if home == package
        for name in imported(tree)
        if name.startswith("modeldb.") and name.split(".")[1] in ours
    }
    assert found - {package} <= KNOWS[package]


def test_the_arrows_have_no_circle_but_of_the_database_and_what_it_hands_out() -> None:
    seen: set[str] = set()
    rest = {package: known - {"database"} if package == "handles" else known for package, known in KNOWS.items()}
    while rest:
        ready = {package for package, known in rest.items() if known - BASE <= seen}
        assert ready, f"a circle among {sorted(rest)}"
        seen |= ready
        rest = {package: known for package, known in rest.items() if package not in ready}


def test_nobody_but_tests_knows_the_tests() -> None:
    assert not [home for home, tree in MODULES if home != "testing" for n in imported(tree) if "modeldb.testing" in n]


@pytest.mark.parametrize("library", ONE_HOME)
def test_a_driver_is_imported_in_one_place(library: str) -> None:
    homes = {home for home, tree in MODULES for name in imported(tree) if name.split(".")[0] == library}
    assert homes - {"testing"} <= ONE_HOME[library]


def loaded(code: str, tmp_path: Path) -> set[str]:
    """Top-level names of the modules that are loaded after some code."""
    ask = "import sys, json; print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{ask}"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout))


@pytest.mark.parametrize(
    "code",
    [
        "import modeldb",
        "import modeldb; [getattr(modeldb, n) for n in modeldb.__all__ if n not in ('open', 'errors')]",
        "import modeldb; modeldb.autolog(store='store')",
        "import modeldb\nwith modeldb.run('r', store='store') as run: run.log_metric('m', 1.0)",
        "import modeldb.cli",
    ],
    ids=["import", "names", "autolog", "run", "command line"],
)
def test_recording_loads_no_library_the_script_did_not_ask_for(code: str, tmp_path: Path) -> None:
    assert not loaded(code, tmp_path) & HEAVY - ({"pysqlite3"} if "store" in code else set())


def test_the_public_names_are_sorted_and_there() -> None:
    assert modeldb.__all__ == sorted(modeldb.__all__)
    assert dir(modeldb) == modeldb.__all__
    for name in modeldb.__all__:
        assert getattr(modeldb, name) is not None
