"""Processes a run starts belong to the run, and none of them ends it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from modeldb.client import worker
from modeldb.core.actions import Action, Metrics, RunDescribed, RunEnded, RunStarted
from modeldb.testing.processes import of_type, only_run, python, recorded

LOG = "from modeldb.client.session import current\nfrom modeldb.core.actions import Metrics\n"
SAY = "s = current(); s.append(Metrics(s.run_id, 0.0, ['m'], [float(value)]))"

MULTIPROCESSING = f"""
import multiprocessing
{LOG}
def work(value):
    {SAY}
    return value
if __name__ == "__main__":
    with multiprocessing.get_context("METHOD").Pool(2) as pool:
        print(sum(pool.map(work, range(4))))
        pool.close()
        pool.join()
    work(10)
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_of_multiprocessing_record_into_the_run(method: str, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(MULTIPROCESSING.replace("METHOD", method))
    ended = recorded(["script.py"], tmp_path)
    assert ended == (0, "6\n", "")
    run, end = only_run(tmp_path / "store")
    assert end is not None and end.status == "finished"
    metrics = of_type(tmp_path / "store", Metrics)
    assert sorted(m.values[0] for m in metrics) == [0, 1, 2, 3, 10]
    assert {m.run_id for m in metrics} == {run.run_id}
    attached = [r for r in of_type(tmp_path / "store", RunStarted) if r.attached]
    assert attached and {r.run_id for r in attached} == {run.run_id}
    assert run.pid not in {r.pid for r in attached}


def test_workers_of_joblib_record_their_fits(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        "from joblib import Parallel, delayed\n"
        "from sklearn.datasets import load_iris\n"
        "from sklearn.linear_model import Ridge\n"
        "from joblib.externals.loky import get_reusable_executor\n"
        "def fit(alpha, X, y):\n    return Ridge(alpha=alpha).fit(X, y).alpha\n"
        "if __name__ == '__main__':\n"
        "    X, y = load_iris(return_X_y=True)\n"
        "    print(sum(Parallel(n_jobs=2)(delayed(fit)(a, X, y) for a in (1.0, 2.0))))\n"
        "    get_reusable_executor().shutdown(kill_workers=True)\n"
    )
    ended = recorded(["script.py"], tmp_path, {"MODELDB_KEEP_MODELS": "0"})
    assert ended == (0, "3.0\n", "")
    run, end = only_run(tmp_path / "store")
    assert end is not None and end.status == "finished"
    fits = [a for a in of_type(tmp_path / "store", Action) if a.operation.endswith("Ridge.fit")]
    assert len(fits) == 2
    assert {a.run_id for a in fits} == {run.run_id}


FOLDS = """
import numpy as np
from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score

def fold(model, X, y, train, test):
    model.fit(X[train], y[train])
    return accuracy_score(y[test], model.predict(X[test]))

if __name__ == "__main__":
    X, y = load_iris(return_X_y=True)
    parts = np.arange(150) % 3
    jobs = (delayed(fold)(LogisticRegression(max_iter=500), X, y, parts != k, parts == k) for k in range(3))
    print(len(Parallel(n_jobs=2)(jobs)))
    predicted = LogisticRegression(max_iter=500).fit(X, y).predict(X)
    print(len(Parallel(n_jobs=2)([delayed(accuracy_score)(y, predicted)])))
    get_reusable_executor().shutdown(kill_workers=True)
"""


def test_workers_know_where_the_data_they_are_handed_came_from(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(FOLDS)
    assert recorded(["script.py"], tmp_path, {"MODELDB_KEEP_MODELS": "0"}) == (0, "3\n1\n", "")
    actions = {a.action_id: a for a in of_type(tmp_path / "store", Action)}
    made = {m.model_id: a for a in actions.values() for m in a.models}
    assert len(made) == 4
    for action in made.values():
        assert action.line is not None
        reached = ancestors(actions, action)
        assert {a.operation for a in reached if a.kind == "read"} == {"sklearn.datasets.load_iris"}
        assert not [a for a in reached if a.kind == "predict"]
    measured = [metric for action in actions.values() for metric in action.metrics]
    assert {metric.model_id for metric in measured} == set(made)
    assert all(metric.dataset_id for metric in measured)


def ancestors(actions: dict[str, Action], action: Action) -> list[Action]:
    """The actions that what this one read came from."""
    found = [actions[i.producer_id] for i in action.inputs if i.producer_id is not None]
    return found + [further for one in found for further in ancestors(actions, one)]


HANDED_OVER = """
from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor
from sklearn.datasets import load_iris
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score

def fit(alpha, X, y):
    return Ridge(alpha=alpha).fit(X, y)

def judge(model, X, y):
    return r2_score(y, model.predict(X))

if __name__ == "__main__":
    X, y = load_iris(return_X_y=True)
    here = [fit(alpha, X, y) for alpha in (1.0, 2.0)]
    Parallel(n_jobs=2)(delayed(judge)(model, X, y) for model in here)
    for model in Parallel(n_jobs=2)(delayed(fit)(alpha, X, y) for alpha in (3.0, 4.0)):
        judge(model, X, y)
    get_reusable_executor().shutdown(kill_workers=True)
"""


def test_a_model_handed_to_another_process_is_the_one_that_was_fitted(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(HANDED_OVER)
    assert recorded(["script.py"], tmp_path) == (0, "", "")
    actions = of_type(tmp_path / "store", Action)
    fits = {a.models[0].model_id: a for a in actions if a.operation.endswith("Ridge.fit")}
    assert [m.role for a in actions for m in a.models] == ["model"] * 4
    judged = {m.model_id for a in actions for m in a.metrics}
    assert judged == set(fits)


def test_a_subprocess_belongs_to_the_run_and_its_script_is_kept(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        "import subprocess, sys\n"
        "print(subprocess.run([sys.executable, 'child.py'], capture_output=True, text=True), sys.path)\n"
        "print(subprocess.run([sys.executable, '-c', 'import sys; print(sys.path)'], capture_output=True, text=True))\n"
    )
    (tmp_path / "child.py").write_text(LOG + "value = 5\nif current():\n    " + SAY + "\nimport sys; print(sys.path)\n")
    ended = recorded(["script.py"], tmp_path)
    assert ended == python(["script.py"], tmp_path)
    run, end = only_run(tmp_path / "store")
    assert end is not None and end.exit_code == 0
    assert [m.run_id for m in of_type(tmp_path / "store", Metrics)] == [run.run_id]
    # The one that had nothing to say left nothing.
    assert len(of_type(tmp_path / "store", RunStarted)) == 2
    kept = {(c.kind, Path(c.path).name) for d in of_type(tmp_path / "store", RunDescribed) for c in d.code}
    assert {("script", "script.py"), ("script", "child.py")} <= kept


def test_a_recorded_program_started_by_a_run_is_a_run_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        "import subprocess, sys\nsubprocess.run([sys.executable, '-m', 'modeldb.cli.run', 'child.py'], check=True)\n"
    )
    (tmp_path / "child.py").write_text("")
    assert recorded(["script.py"], tmp_path) == (0, "", "")
    outer, inner = sorted(of_type(tmp_path / "store", RunStarted), key=lambda run: run.started_at)
    assert (outer.name, inner.name) == ("script", "child")
    assert (outer.parent_run_id, inner.parent_run_id) == (None, outer.run_id)
    assert len(of_type(tmp_path / "store", RunEnded)) == 2


def test_a_forked_child_that_leaves_a_block_does_not_end_its_run(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        "import modeldb, os, sys\n"
        "with modeldb.run('r') as run:\n"
        "    run.log_metric('m', 1)\n"
        "    pid = os.fork()\n"
        "    run.log_metric('m', 2 if pid else 3)\n"
        "    if pid: os.waitpid(pid, 0)\n"
        "if not pid: sys.exit(4)\n"
    )
    assert recorded(["script.py"], tmp_path) == (0, "", "")
    metrics = of_type(tmp_path / "store", Metrics)
    assert sorted(m.values[0] for m in metrics) == [1, 2, 3]
    assert len({m.run_id for m in metrics}) == 1
    assert {end.status for end in of_type(tmp_path / "store", RunEnded)} == {"finished"}
    assert len(of_type(tmp_path / "store", RunEnded)) == 2


def test_another_sitecustomize_runs_as_it_would_without_us(tmp_path: Path) -> None:
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "sitecustomize.py").write_text("import builtins\nbuiltins.seen = __file__\n")
    (tmp_path / "script.py").write_text(
        "import subprocess, sys\n"
        "code = 'import sys, sitecustomize; print(seen, sitecustomize.__file__, sys.path)'\n"
        "print(subprocess.run([sys.executable, '-c', code], capture_output=True, text=True).stdout)\n"
    )
    environ = {"PYTHONPATH": str(tmp_path / "theirs")}
    ours = recorded(["script.py"], tmp_path, environ)
    assert ours == python(["script.py"], tmp_path, environ)
    assert "theirs" in ours.stdout


def test_the_environment_variable_records_a_plain_python_process(tmp_path: Path) -> None:
    shown = python(["-m", "modeldb._bootstrap"], tmp_path).stdout.strip()
    assert shown == str(worker.BOOTSTRAP)
    (tmp_path / "script.py").write_text("import sys; print(sys.argv); sys.exit(2)")
    environ = {
        "PYTHONPATH": shown,
        "MODELDB_AUTOLOG": "1",
        "MODELDB_STORE": str(tmp_path / "store"),
        "MODELDB_EXIT_DRAIN_S": "0",
    }
    assert python(["script.py", "a"], tmp_path, environ) == (2, "['script.py', 'a']\n", "")
    run, end = only_run(tmp_path / "store")
    assert (run.name, run.script) == ("script", str(tmp_path / "script.py"))
    assert end is not None and (end.status, end.exit_code) == ("failed", 2)


def test_variables_are_put_back_except_where_the_script_changed_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THERE", "old")
    monkeypatch.setenv("CHANGED", "old")
    monkeypatch.delenv("NEW", raising=False)
    environment = worker.Environment()
    environment.set({"THERE": "1", "CHANGED": "1", "NEW": "1"})
    environment.set({"THERE": "2", "NEW": "2"})
    os.environ["CHANGED"] = "theirs"
    environment.restore()
    assert (os.environ["THERE"], os.environ["CHANGED"], "NEW" in os.environ) == ("old", "theirs", False)
