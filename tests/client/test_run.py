"""`modeldb.autolog()`, `with modeldb.run()`: switched on by the script itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from modeldb.core.actions import Action, Annotated, Metrics, RunEnded, RunStarted
from modeldb.testing.processes import of_type, only_run, python, recorded, recording


def run(text: str, tmp_path: Path, **environ: str) -> tuple[int, str, str]:
    (tmp_path / "script.py").write_text(text)
    return python(["script.py"], tmp_path, {**recording(tmp_path), **environ})


@pytest.mark.parametrize(
    ("text", "status", "exit_code"),
    [
        ("", "finished", 0),
        ("import sys; sys.exit(3)", "failed", 3),
        ("import sys; sys.exit(0)", "finished", 0),
        ("from sys import exit; exit('bad')", "failed", 1),
        ("import sys\ntry:\n    sys.exit(3)\nexcept SystemExit:\n    pass", "finished", 0),
        ("import sys\ntry:\n    sys.exit(3)\nfinally:\n    sys.stdout.flush()", "failed", 3),
        ("import sys\ndef main():\n    sys.exit(3)\nmain()", "failed", 3),
        ("1 / 0", "failed", 1),
        ("try:\n    1 / 0\nexcept ZeroDivisionError:\n    pass", "finished", 0),
        ("raise KeyboardInterrupt", "killed", 130),
    ],
)
def test_one_line_records_the_rest_of_a_script_and_how_it_ends(
    text: str, status: str, exit_code: int, tmp_path: Path
) -> None:
    ended = run("import modeldb; modeldb.autolog(project='p')\n" + text, tmp_path)
    assert ended[0] == (-2 if status == "killed" else exit_code)
    assert "modeldb" not in ended[2].replace("import modeldb", "")
    started, end = only_run(tmp_path / "store")
    assert (started.project, started.name) == ("p", "script")
    assert end is not None
    assert (end.status, end.exit_code) == (status, exit_code)


def test_switched_on_twice_or_under_modeldb_run_it_is_one_run(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("import modeldb; modeldb.autolog(); modeldb.autolog(name='again')")
    recorded(["script.py"], tmp_path)
    assert only_run(tmp_path / "store")[0].name == "script"


FIT = "from sklearn.linear_model import Ridge; Ridge().fit([[1.0], [2.0], [4.0]], [1.0, 2.0, 3.0])\n"


@pytest.mark.parametrize(
    ("before", "after", "names"),
    [("", "", ["inside"]), (FIT, "", ["script", "inside"]), ("", FIT, ["inside", "script"])],
)
def test_a_block_after_one_line_is_the_only_run_unless_something_is_recorded_outside(
    before: str, after: str, names: list[str], tmp_path: Path
) -> None:
    text = "import modeldb; modeldb.autolog(project='p')\n" + before
    text += "with modeldb.run('inside', project='q') as run:\n    run.log_metric('m', 1)\n    " + FIT + after
    assert run(text, tmp_path, MODELDB_KEEP_MODELS="0") == (0, "", "")
    started = of_type(tmp_path / "store", RunStarted)
    assert [r.name for r in started] == names
    ids = {r.name: r.run_id for r in started}
    parents = {r.name: r.parent_run_id for r in started}
    assert parents["inside"] == (ids["script"] if before else None)
    assert [(e.run_id, e.status) for e in of_type(tmp_path / "store", RunEnded)][:: 1 if after else -1] == [
        (ids[name], "finished") for name in names
    ]
    fits = [a.run_id for a in of_type(tmp_path / "store", Action)]
    assert fits == [ids[name] for name in names]


def test_switched_on_late_it_records_what_comes_then(tmp_path: Path) -> None:
    text = (
        "from sklearn.datasets import load_iris\nfrom sklearn.linear_model import Ridge\n"
        "X, y = load_iris(return_X_y=True)\nimport modeldb\nmodeldb.autolog()\nRidge().fit(X, y)\n"
    )
    assert run(text, tmp_path, MODELDB_KEEP_MODELS="0") == (0, "", "")
    assert [a.kind for a in of_type(tmp_path / "store", Action)] == ["fit"]


def test_a_block_says_what_it_logs(tmp_path: Path) -> None:
    text = """
import modeldb
with modeldb.run("baseline", project="churn", experiment="e", tags={"a": "b"}) as run:
    run.log_param("lr", 0.1)
    run.log_params({"layers": [1, 2], "flag": True})
    run.log_metric("loss", 0.5, step=3)
    run.log_metrics({"x": 1, "y": 2.5}, step=4)
    run.tag("stage", "draft")
    run.note("first")
    run.note("second")
print(run.run_id)
"""
    code, out, err = run(text, tmp_path)
    assert (code, err) == (0, "")
    store = tmp_path / "store"
    started, end = only_run(store)
    assert (started.run_id, started.name, started.project, started.experiment) == (
        out.strip(),
        "baseline",
        "churn",
        "e",
    )
    assert end is not None and end.status == "finished"
    logged = of_type(store, Action)
    assert [[(p.name, p.value, p.type) for p in a.params] for a in logged] == [
        [("lr", 0.1, "float")],
        [("layers", [1, 2], "list"), ("flag", True, "bool")],
    ]
    assert [a.seq for a in logged] == [0, 1]
    assert [(m.names, m.values, m.step) for m in of_type(store, Metrics)] == [
        (["loss"], [0.5], 3),
        (["x", "y"], [1.0, 2.5], 4),
    ]
    notes = of_type(store, Annotated)
    assert [(n.kind, n.value) for n in notes] == [("tag", "b"), ("tag", "draft"), ("note", "first"), ("note", "second")]
    assert len({n.key for n in notes}) == 4


def test_blocks_are_runs_one_after_the_other_and_one_inside_the_other(tmp_path: Path) -> None:
    text = """
import modeldb, os
before = dict(os.environ)
for name in ("a", "b"):
    with modeldb.run(name) as outer:
        outer.log_metric("m", 1)
        with modeldb.run(name + "-inner") as inner:
            inner.log_metric("m", 2)
        outer.log_metric("m", 3)
assert dict(os.environ) == before
try:
    with modeldb.run("c"):
        raise ValueError("wrong")
except ValueError:
    pass
"""
    assert run(text, tmp_path) == (0, "", "")
    store = tmp_path / "store"
    runs = {r.run_id: r for r in of_type(store, RunStarted)}
    names = {r.name: r for r in runs.values()}
    assert sorted(names) == ["a", "a-inner", "b", "b-inner", "c"]
    assert names["a-inner"].parent_run_id == names["a"].run_id
    assert names["b"].parent_run_id is None
    said = [(runs[m.run_id].name, m.values[0]) for m in of_type(store, Metrics)]
    assert said == [("a", 1), ("a-inner", 2), ("a", 3), ("b", 1), ("b-inner", 2), ("b", 3)]
    ends = {runs[e.run_id].name: (e.status, e.error) for e in of_type(store, RunEnded)}
    assert ends.pop("c") == ("failed", "ValueError: wrong")
    assert ends == dict.fromkeys(["a", "a-inner", "b", "b-inner"], ("finished", None))
    assert len(list((store / "journal").iterdir())) == 1


def test_inside_a_recorded_script_a_block_is_a_run_below_it(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("import modeldb\nwith modeldb.run('part'):\n    pass\n")
    recorded(["--project", "p", "script.py"], tmp_path)
    outer, inner = of_type(tmp_path / "store", RunStarted)
    assert (inner.name, inner.project, inner.parent_run_id) == ("part", "p", outer.run_id)
    assert [e.run_id for e in of_type(tmp_path / "store", RunEnded)] == [inner.run_id, outer.run_id]


def test_without_a_usable_store_everything_is_called_in_vain(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("")
    text = (
        "import modeldb\nwith modeldb.run('r') as run:\n"
        "    run.log_param('a', 1); run.log_metric('b', 2); run.tag('c'); run.note('d'); run.log_model(1)\n"
        "print(run.run_id)"
    )
    code, out, err = run(text, tmp_path)
    assert (code, out) == (0, "None\n")
    assert err.count("\n") == 1 and err.endswith("The script runs unrecorded.\n")


def test_a_disk_that_fills_up_is_one_warning(tmp_path: Path) -> None:
    text = """
import modeldb, os, resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with modeldb.run("r") as run:
    run.log_metric("m", 0)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400, resource.RLIM_INFINITY))
    for i in range(1, 100):
        run.log_metric("m", i)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print("done")
"""
    code, out, err = run(text, tmp_path, MODELDB_KEEP_CODE="0")
    assert (code, out) == (0, "done\n")
    assert len(err.splitlines()) == 1
    assert "the journal" in err and "not recorded" in err
    assert of_type(tmp_path / "store", Metrics)[0].values == [0]


def test_a_failure_of_ours_is_logged_once_and_hidden(tmp_path: Path) -> None:
    text = """
import modeldb
with modeldb.run("r") as run:
    from modeldb.client import session
    for _ in range(3):
        session.current().submit(lambda: 1 / 0)
print("done")
"""
    assert run(text, tmp_path, MODELDB_STRICT="0") == (0, "done\n", "")
    log = (tmp_path / "store" / "log" / "errors.log").read_text()
    assert log.count("ZeroDivisionError: division by zero") == 1


def test_importing_modeldb_loads_nothing_else(tmp_path: Path) -> None:
    text = "import sys\nbefore = set(sys.modules)\nimport modeldb\nprint(sorted(set(sys.modules) - before))"
    loaded = eval(run(text, tmp_path)[1])
    assert [name for name in loaded if name.startswith("modeldb")] == ["modeldb"]
    assert not {"numpy", "pandas", "sklearn", "sqlite3", "msgspec", "click"} & set(loaded)


def test_the_public_names_are_sorted_and_there() -> None:
    import modeldb

    assert list(modeldb.__all__) == sorted(modeldb.__all__)
    for name in set(modeldb.__all__) - {"open"}:
        assert getattr(modeldb, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = modeldb.nothing
