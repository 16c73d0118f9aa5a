"""Notebooks, executed by a real kernel."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeldb.core.actions import Action, Metrics, RunDescribed, RunStarted
from modeldb.objects import open_store
from modeldb.testing.processes import of_type, only_run, python, recorded, recording

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")

FIT = (
    "from sklearn.datasets import load_iris\nfrom sklearn.linear_model import Ridge\n"
    "X, y = load_iris(return_X_y=True)\nmodel = Ridge().fit(X, y)"
)


def write(path: Path, *cells: str) -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(notebook, path)


def cells_of(store: Path) -> list[tuple[str, str]]:
    objects = open_store(store / "objects", readonly=True)
    code = [c for d in of_type(store, RunDescribed) for c in d.code if c.kind == "cell"]
    return [(Path(c.path).name, objects.get_bytes(c.digest).decode()) for c in code]


def test_a_notebook_that_loads_the_extension_is_a_run(tmp_path: Path) -> None:
    cells = ["before = 1", "%load_ext modeldb", FIT, "1 / 0", "%unload_ext modeldb", "Ridge().fit(X, y)"]
    write(tmp_path / "report.ipynb", *cells)
    words = ["-m", "nbconvert", "--to", "notebook", "--execute", "--allow-errors", "report.ipynb"]
    ended = python(words, tmp_path, {**recording(tmp_path), "MODELDB_KEEP_MODELS": "0"})
    assert ended.returncode == 0, ended.stderr
    store = tmp_path / "store"
    run, end = only_run(store)
    assert run.name == "report"
    assert end is not None and (end.status, end.error) == ("finished", None)
    assert [a.kind for a in of_type(store, Action)] == ["read", "fit"]
    assert cells_of(store) == [(f"report.ipynb#{n}", text) for n, text in enumerate(cells[:5], 1)]


def test_a_notebook_is_run_like_a_script(tmp_path: Path) -> None:
    write(tmp_path / "report.ipynb", FIT, "from modeldb.client.session import current\ncurrent().run_id")
    ended = recorded(["--name", "nightly", "report.ipynb"], tmp_path, {"MODELDB_KEEP_MODELS": "0"})
    assert ended.returncode == 0, ended.stderr
    store = tmp_path / "store"
    run, end = only_run(store)
    assert (run.name, run.script) == ("nightly", str(tmp_path / "report.ipynb"))
    assert run.command == ["jupyter", "nbconvert", "--to", "notebook", "--execute", "report.ipynb"]
    assert end is not None and end.status == "finished"
    assert [a.kind for a in of_type(store, Action)] == ["read", "fit"]
    assert [name for name, _ in cells_of(store)] == ["report.ipynb#1", "report.ipynb#2"]
    outputs = nbformat.read(tmp_path / "report.nbconvert.ipynb", as_version=4).cells[1].outputs
    assert outputs[0].data["text/plain"] == repr(run.run_id)
    assert len({r.run_id for r in of_type(store, RunStarted)}) == 1


def test_a_cell_that_fails_fails_the_run(tmp_path: Path) -> None:
    write(tmp_path / "report.ipynb", "raise ValueError('wrong')")
    ended = recorded(["report.ipynb"], tmp_path)
    assert ended.returncode == 1
    assert "wrong" in ended.stderr
    end = only_run(tmp_path / "store")[1]
    assert end is not None and end.status == "failed"
    assert of_type(tmp_path / "store", Metrics) == []


def test_a_notebook_that_is_not_there_is_refused(tmp_path: Path) -> None:
    ended = recorded(["nothing.ipynb"], tmp_path)
    assert (ended.returncode, ended.stderr) == (2, "modeldb run: There is no notebook nothing.ipynb.\n")
