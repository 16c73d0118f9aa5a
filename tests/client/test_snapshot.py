"""What is kept of a run's ingredients, and that no secret is."""

from __future__ import annotations

import subprocess
from pathlib import Path

from modeldb.client.snapshot import environment, git
from modeldb.config import Settings
from modeldb.core import keys
from modeldb.core.actions import CodeSeen, RunDescribed
from modeldb.objects import open_store
from modeldb.testing.processes import of_type, recorded


def sh(cwd: Path, *words: str) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@t")
    return subprocess.run(
        ["git", *identity, *words], cwd=cwd, check=True, capture_output=True, text=True
    ).stdout.strip()


def code_of(store: Path) -> list[CodeSeen]:
    return [code for record in of_type(store, RunDescribed) for code in record.code]


def contents(store: Path) -> dict[tuple[str, str], bytes]:
    objects = open_store(store / "objects", readonly=True)
    return {(code.kind, Path(code.path).name): objects.get_bytes(code.digest) for code in code_of(store)}


def repository(path: Path) -> str:
    (path / "train.py").write_text("import helper, package.part\nprint(helper.x)\n")
    (path / "helper.py").write_text("x = 1\n")
    (path / "package").mkdir()
    (path / "package" / "__init__.py").write_text("")
    (path / "package" / "part.py").write_text("y = 1\n")
    (path / "settings.env").write_text("A=1\n")
    (path / ".env").write_text("TOKEN=first\n")
    (path / ".gitignore").write_text("store/\n")
    sh(path, "init", "-q", "-b", "main")
    sh(path, "add", "-f", ".")
    sh(path, "commit", "-qm", "first")
    return sh(path, "rev-parse", "HEAD")


def test_the_commit_the_changes_and_the_imported_sources_are_kept(tmp_path: Path) -> None:
    commit = repository(tmp_path)
    (tmp_path / "helper.py").write_text("x = 2\n")
    (tmp_path / ".env").write_text("TOKEN=planted-in-env-file\n")
    assert recorded(["train.py"], tmp_path).stdout == "2\n"
    described = of_type(tmp_path / "store", RunDescribed)[0]
    assert (described.git_commit, described.git_branch, described.git_dirty) == (commit, "main", True)
    kept = contents(tmp_path / "store")
    assert kept["script", "train.py"] == (tmp_path / "train.py").read_bytes()
    assert kept["module", "helper.py"] == b"x = 2\n"
    assert kept["module", "part.py"] == b"y = 1\n"
    diff = kept["diff", tmp_path.name]
    assert b"-x = 1\n+x = 2\n" in diff
    assert b"planted" not in diff
    # The diff is what makes the commit into what ran.
    sh(tmp_path, "checkout", "-q", "--", "helper.py")
    subprocess.run(["git", "apply"], input=diff, cwd=tmp_path, check=True)
    assert (tmp_path / "helper.py").read_text() == "x = 2\n"


def test_the_script_is_kept_as_it_ran_not_as_it_is_later(tmp_path: Path) -> None:
    text = "from pathlib import Path\nPath(__file__).write_text('changed')\n"
    (tmp_path / "train.py").write_text(text)
    recorded(["train.py"], tmp_path)
    assert contents(tmp_path / "store") == {("script", "train.py"): text.encode()}


def test_no_secret_of_the_environment_command_line_or_error_is_stored(tmp_path: Path) -> None:
    secrets = {f"planted{i}" * 3 for i in range(6)}
    a, b, c, d, e, f = sorted(secrets)
    (tmp_path / "train.py").write_text(
        "import os\nraise ConnectionError('cannot reach postgres://me:' + os.environ['DB'] + '@host')\n"
    )
    environ = {
        "DATABASE_URL": f"postgres://me:{a}@host/db",
        "MY_TOKEN": b,
        "DB": c,
        "SHOWN": "shown-value",
        "MODELDB_ENVIRONMENT_VARIABLES": "MY_TOKEN,DATABASE_URL,SHOWN",
    }
    words = ["train.py", f"--password={d}", "--token", e, f"https://h/?api_key={f}"]
    ended = recorded(words, tmp_path, environ)
    assert ended.returncode == 1
    store = tmp_path / "store"
    stored = b"".join(path.read_bytes() for path in store.rglob("*") if path.is_file())
    objects = open_store(store / "objects", readonly=True)
    stored += b"".join(objects.get_bytes(code.digest) for code in code_of(store))
    assert b"shown-value" in stored
    assert [secret for secret in secrets if secret.encode() in stored] == []


def test_the_environment_is_described_the_same_way_twice(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("")
    for _ in range(2):
        recorded(["a.py"], tmp_path, {"OMP_NUM_THREADS": "3"})
    first, second = of_type(tmp_path / "store", RunDescribed)
    assert first.environment is not None and first.environment == second.environment
    assert first.environment_id == second.environment_id == keys.digest(first.environment)
    assert first.environment["variables"]["OMP_NUM_THREADS"] == "3"


def test_packages_are_those_importlib_finds() -> None:
    import importlib.metadata
    import re
    import sys

    known = {re.sub(r"[-_.]+", "-", d.metadata["Name"]).lower(): d.version for d in importlib.metadata.distributions()}
    assert environment.packages(sys.path) == known


def test_the_environment_says_what_it_ran_on() -> None:
    found = environment.describe(Settings())
    assert found["cpu"] and found["os"] and found["cores"]
    assert found["packages"]["numpy"]


def test_nothing_is_loaded_that_the_script_may_want_to_set_up_first(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import sys, time; time.sleep(0.3); print('numpy' in sys.modules)")
    assert recorded(["a.py"], tmp_path).stdout == "False\n"


def test_code_can_be_left_out(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("")
    recorded(["a.py"], tmp_path, {"MODELDB_KEEP_CODE": "0"})
    assert of_type(tmp_path / "store", RunDescribed) == []


def test_without_git_the_files_are_read(tmp_path: Path) -> None:
    commit = repository(tmp_path)
    assert git._head(tmp_path / ".git") == (commit, "main")
    sh(tmp_path, "pack-refs", "--all")
    assert git._head(tmp_path / ".git") == (commit, "main")
    sh(tmp_path, "checkout", "-q", "--detach")
    assert git._head(tmp_path / ".git") == (commit, None)
    (tmp_path / "a.py").write_text("")
    recorded(["a.py"], tmp_path, {"PATH": "/nowhere"})
    described = of_type(tmp_path / "store", RunDescribed)[0]
    assert (described.git_commit, described.git_dirty) == (commit, None)


def test_a_clean_checkout_and_an_empty_one(tmp_path: Path) -> None:
    commit = repository(tmp_path)
    assert git.look(tmp_path / "package", 1000) == git.Checkout(tmp_path, commit, "main", False, None)
    (tmp_path / "helper.py").write_text("x = '" + "y" * 2000 + "'\n")
    assert git.look(tmp_path, 1000) == git.Checkout(tmp_path, commit, "main", True, None)
    empty = tmp_path / "empty"
    empty.mkdir()
    sh(empty, "init", "-q", "-b", "trunk")
    assert git.look(empty, 1000) == git.Checkout(empty, None, "trunk", False, None)
    assert git.look(Path("/"), 1000) is None
