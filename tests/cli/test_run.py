"""`modeldb run` is `python` with a memory: nothing the program or its caller can see may differ."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from modeldb.core.actions import Action, Annotated, RunDescribed
from modeldb.testing.processes import RUN, of_type, only_run, python, recorded, recording

MISSING = "killed by a signal, so no end is written: whoever drains the journal says killed"

ENDINGS = {
    "end": ("print('done')", "finished", 0),
    "exit number": ("import sys; sys.exit(3)", "failed", 3),
    "exit zero": ("import sys; sys.exit(0)", "finished", 0),
    "exit text": ("import sys; sys.exit('no data')", "failed", 1),
    "exit none": ("import sys; sys.exit()", "finished", 0),
    "exit large": ("raise SystemExit(300)", "failed", 44),
    "uncaught": ("def f():\n    1 / 0\n\nf()", "failed", 1),
    "chained": ("try:\n    1 / 0\nexcept Exception as e:\n    raise ValueError('v') from e", "failed", 1),
    "group": ("raise ExceptionGroup('g', [ValueError(1), TypeError(2)])", "failed", 1),
    "syntax": ("def f(:\n    pass", "failed", 1),
    "excepthook": (
        "import sys, traceback\n"
        "sys.excepthook = lambda k, v, t: print('mine', k, len(traceback.extract_tb(t)), sys.excepthook)\n"
        "sys.excepthook.__class__.__repr__\n1 / 0",
        "failed",
        1,
    ),
    "atexit": (
        "import atexit, sys\natexit.register(print, 'first')\natexit.register(print, 'second')\n"
        "atexit.register(lambda: print(getattr(sys, 'last_type', None)))\n1 / 0",
        "failed",
        1,
    ),
    "interrupt": ("import time\nprint('x', flush=True)\nraise KeyboardInterrupt", "killed", 130),
    "os exit": ("import os; os._exit(7)", MISSING, 7),
    "terminated": ("import os, signal; os.kill(os.getpid(), signal.SIGTERM)", MISSING, -15),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_a_program_ends_as_it_does_under_python(name: str, tmp_path: Path) -> None:
    text, status, exit_code = ENDINGS[name]
    (tmp_path / "script.py").write_text(text + "\n")
    bare = python(["script.py"], tmp_path)
    ours = recorded(["script.py"], tmp_path)
    if name == "excepthook":  # it prints its own address
        bare, ours = (e._replace(stdout=e.stdout.partition("<function")[0]) for e in (bare, ours))
    assert ours == bare
    run, end = only_run(tmp_path / "store")
    assert run.name == "script"
    if status is MISSING:
        assert end is None
    else:
        assert end is not None
        assert (end.status, end.exit_code) == (status, exit_code)
        assert bool(end.error) == (exit_code != 0 and "exit number" != name != "exit large")


LOOK = """
import sys, json, random, warnings, signal, threading, os, linecache
main = sys.modules["__main__"]
print(json.dumps({
    "name": __name__, "file": __file__, "doc": __doc__, "package": __package__,
    "spec": getattr(__spec__, "name", None), "cached": str(__cached__), "loader": type(__loader__).__name__,
    "globals": sorted(globals()), "is main": main.__dict__ is globals(), "argv": sys.argv, "orig": sys.orig_argv[1:],
    "path": sys.path, "recursion": sys.getrecursionlimit(), "switch": sys.getswitchinterval(),
    "filters": [str(f) for f in warnings.filters], "flags": str(sys.flags), "numpy": "numpy" in sys.modules,
    "signals": [str(signal.getsignal(s)) for s in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)],
    "hooks": [sys.excepthook is sys.__excepthook__, sys.displayhook is sys.__displayhook__,
              sys.gettrace() is None, sys.getprofile() is None, threading.excepthook is threading.__excepthook__],
    "line": linecache.getline(__file__, 2), "frame": sys._getframe().f_code.co_filename,
    "annotations": __annotations__, "cwd": os.getcwd(), "umask": os.umask(0o22),
}))
"""


def seen(text: str) -> dict[str, object]:
    return dict(json.loads(text))


@pytest.mark.parametrize("form", ["script.py", "./script.py", "sub/../script.py", "link.py", "-m", "directory", "zip"])
def test_a_program_sees_what_it_sees_under_python(form: str, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "script.py").write_text(LOOK)
    (tmp_path / "link.py").symlink_to(tmp_path / "sub" / "real.py")
    (tmp_path / "sub" / "real.py").write_text(LOOK)
    (tmp_path / "sub" / "__main__.py").write_text(LOOK)
    with zipfile.ZipFile(tmp_path / "app.zip", "w") as archive:
        archive.writestr("__main__.py", LOOK)
    target = {"-m": ["-m", "script"], "directory": ["sub"], "zip": ["app.zip"]}.get(form, [form])
    words = [*target, "--lr", "0.1", "--", "-m", "x y", "--project", "theirs"]
    assert seen(recorded(words, tmp_path).stdout) == seen(python(words, tmp_path).stdout)


def test_a_module_that_is_missing_or_fails_is_reported_as_python_does(tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("")
    (tmp_path / "package" / "work.py").write_text("def f():\n    return {}['k']\nf()\n")
    for name in ("nothing_here", "package", "package.work"):
        assert recorded(["-m", name], tmp_path) == python(["-m", name], tmp_path)


def test_a_script_that_is_not_there_is_refused_and_leaves_no_run(tmp_path: Path) -> None:
    ended = recorded(["nothing.py"], tmp_path)
    assert ended.returncode == 2
    assert "nothing.py cannot be read" in ended.stderr
    assert not (tmp_path / "store").exists()
    assert recorded([], tmp_path).returncode == 2


def test_options_name_the_run(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("import sys; print(sys.argv)")
    words = ["--project", "churn", "--experiment", "e1", "--name", "first", "--tag", "stage=draft", "--tag", "a=b=c"]
    ended = recorded([*words, "train.py", "--name", "theirs"], tmp_path)
    assert ended.stdout == "['train.py', '--name', 'theirs']\n"
    run, _ = only_run(tmp_path / "store")
    assert (run.project, run.experiment, run.name) == ("churn", "e1", "first")
    assert run.command == ["python", "train.py", "--name", "theirs"]
    assert run.script == str(tmp_path / "train.py")
    tags = {(tag.key, tag.value) for tag in of_type(tmp_path / "store", Annotated)}
    assert tags == {("stage", "draft"), ("a", "b=c")}


def test_the_project_is_named_after_the_repository(tmp_path: Path) -> None:
    (tmp_path / "prices" / ".git").mkdir(parents=True)
    (tmp_path / "prices" / "steps").mkdir()
    (tmp_path / "prices" / "steps" / "train.py").write_text("")
    recorded(["prices/steps/train.py"], tmp_path)
    assert only_run(tmp_path / "store")[0].project == "prices"


@pytest.mark.parametrize(("name", "file"), [("churn.train", "churn/train.py"), ("churn", "churn/__main__.py")])
def test_a_module_is_a_script_of_the_directory_it_is_run_from(name: str, file: str, tmp_path: Path) -> None:
    (tmp_path / "churn").mkdir()
    (tmp_path / "churn" / "__init__.py").write_text("import sys; print('imported', 'churn' in sys.modules)")
    (tmp_path / file).write_text(
        "class Mean:\n"
        "    def fit(self, X): self.mean = sum(X) / len(X); return self\n"
        "    def predict(self, X): return [self.mean for _ in X]\n"
        "Mean().fit([1.0, 2.0])\n"
    )
    assert recorded(["-m", name], tmp_path) == python(["-m", name], tmp_path)
    run, _ = only_run(tmp_path / "store")
    assert (run.name, run.project, run.script) == (name, tmp_path.name, str(tmp_path / file))
    assert [code.path for seen in of_type(tmp_path / "store", RunDescribed) for code in seen.code][:1] == [run.script]
    assert [action.operation for action in of_type(tmp_path / "store", Action)] == ["__main__.Mean.fit"]


def test_a_librarys_module_is_no_script(tmp_path: Path) -> None:
    recorded(["-m", "timeit", "-n1", "pass"], tmp_path)
    run, _ = only_run(tmp_path / "store")
    assert (run.name, run.project, run.script) == ("timeit", tmp_path.name, None)


def test_interrupted_by_a_signal_the_process_dies_of_it(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        "import time\ntry:\n    print('ready', flush=True)\n    time.sleep(60)\nfinally:\n    print('cleaned')"
    )
    process = subprocess.Popen(
        [sys.executable, *RUN, "script.py"],
        cwd=tmp_path,
        env=recording(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    assert out == "cleaned\n"
    assert err.splitlines()[0] == "Traceback (most recent call last):"
    assert "modeldb" not in err
    end = only_run(tmp_path / "store")[1]
    assert end is not None and end.status == "killed"


def test_pickles_and_spawned_processes_find_the_main_module(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        "import multiprocessing, pickle\n"
        "class Thing:\n    x = 1\n"
        "def work(thing):\n    return thing.x + 1\n"
        "if __name__ == '__main__':\n"
        "    assert type(pickle.loads(pickle.dumps(Thing()))) is Thing\n"
        "    for method in ('spawn', 'fork'):\n"
        "        with multiprocessing.get_context(method).Pool(1) as pool:\n"
        "            print(pool.map(work, [Thing(), Thing()]))\n"
    )
    ended = recorded(["script.py"], tmp_path)
    assert ended == python(["script.py"], tmp_path)
    assert ended.stdout == "[2, 2]\n[2, 2]\n"
    only_run(tmp_path / "store")


def test_random_streams_and_standard_streams_are_untouched(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        "import random, sys, numpy as np\n"
        "random.seed(1); np.random.seed(1)\n"
        "import sklearn.datasets as d, sklearn.ensemble as e\n"
        "X, y = d.load_iris(return_X_y=True)\n"
        "m = e.RandomForestClassifier(5).fit(X, y)\n"
        "print(random.random(), np.random.rand(), m.predict_proba(X).sum(axis=0).tolist())\n"
        "print(sys.stdin.read(), end=''); print('to err', file=sys.stderr)\n"
    )
    bare = python(["script.py"], tmp_path, input="typed")
    assert recorded(["script.py"], tmp_path, input="typed") == bare
    assert bare.stdout.endswith("typed")


@pytest.mark.parametrize("problem", ["file in its place", "newer", "read-only setting"])
def test_a_store_that_cannot_be_used_costs_the_recording_not_the_script(problem: str, tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text("print('result')")
    store = tmp_path / "store"
    extra: dict[str, str] = {}
    if problem == "file in its place":
        store.write_text("")
    elif problem == "newer":
        store.mkdir()
        (store / "config.toml").write_text("format = 99\n")
    else:
        extra = {"MODELDB_BACKGROUND_BYTES": "lots"}
    ended = recorded(["script.py"], tmp_path, extra)
    assert (ended.returncode, ended.stdout) == (0, "result\n")
    assert ended.stderr.startswith("modeldb: ")
    assert ended.stderr.endswith("The script runs unrecorded.\n")
    assert len(ended.stderr.splitlines()) == 1


def test_by_default_the_catalog_has_the_run_when_the_process_is_gone(tmp_path: Path) -> None:
    from modeldb.core.sqlite import driver

    (tmp_path / "script.py").write_text("print(1)")
    store = tmp_path / "store"
    ended = python([*RUN, "script.py"], tmp_path, {"MODELDB_STORE": str(store), "MODELDB_EXIT_DRAIN_S": "60"})
    assert ended == (0, "1\n", "")
    rows = driver().connect(store / "catalog.sqlite").execute("SELECT name, status, exit_code FROM runs").fetchall()
    assert rows == [("script", "finished", 0)]
    assert list((store / "journal").iterdir()) == []


def test_click_lists_it_and_hands_everything_over(monkeypatch: pytest.MonkeyPatch) -> None:
    from click.testing import CliRunner

    import modeldb.cli.run

    given: list[list[str]] = []
    monkeypatch.setattr(modeldb.cli.run, "main", lambda words: given.append(list(words)))
    words = ["--name", "n", "train.py", "--help", "--", "-x"]
    assert CliRunner().invoke(modeldb.cli.run.command, words).exit_code == 0
    assert given == [words]


def test_numpy_is_hooked_when_a_class_of_the_scripts_own_comes_first(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(
        "class Mean:\n"
        "    def fit(self, X): self.mean = sum(X) / len(X); return self\n"
        "    def predict(self, X): return [self.mean for _ in X]\n"
        "import numpy as np\n"
        "np.save('x.npy', np.arange(9.0))\n"
        "Mean().fit(np.load('x.npy'))\n"
    )
    assert recorded(["script.py"], tmp_path) == python(["script.py"], tmp_path)
    operations = [action.operation for action in of_type(tmp_path / "store", Action)]
    assert operations == ["numpy.save", "numpy.load", "__main__.Mean.fit"]
